/** Of a container that is a node, only what makes it one: the rest is the image's. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commonFiles } from "../machines/node-files.ts";

export function makeContainerNode(root: string, node: { name: string; address: string }): void {
  const marker = join(root, "etc/lab-node-ready");
  if (existsSync(marker)) return;
  for (const folder of [
    "etc/pve",
    "etc/ssh/sshd_config.d",
    "root/.ssh",
    "run/lab",
    "run/sshd",
    "run/systemd/system",
  ]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const [path, content] of Object.entries(commonFiles(node))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeFileSync(marker, "");
}
