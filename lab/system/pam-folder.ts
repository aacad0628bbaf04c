/** Where this machine's libpam looks for modules, `usr/lib/x86_64-linux-gnu/security`; a node's does there as well. */
import { existsSync, readdirSync } from "node:fs";

/** Below the root; undefined without Debian's libpam. */
export function pamFolder(): string | undefined {
  const folders = readdirSync("/usr/lib").map((name) => `usr/lib/${name}/security`);
  return folders.find((path) => existsSync(`/${path}/pam_unix.so`));
}
