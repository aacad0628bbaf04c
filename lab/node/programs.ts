/** Puts the cluster's tools into a node: one small script, once under each of their names. */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROGRAM_NAMES } from "../cluster/cli.ts";
import { LAB_DIR } from "./machine.ts";

/** `interpreter` is the path of node as the node sees it. */
export function installPrograms(labDirectory: string, interpreter: string): void {
  mkdirSync(join(labDirectory, "bin"), { recursive: true });
  copyFileSync(new URL("./pve-cli.ts", import.meta.url), join(labDirectory, "pve-cli.mjs"));
  for (const name of PROGRAM_NAMES) {
    const path = join(labDirectory, "bin", name);
    writeFileSync(path, `#!${interpreter} ${LAB_DIR}/pve-cli.mjs\n`);
    chmodSync(path, 0o755);
  }
}
