/** OpenSSH of this machine under the version that Debian 13 has: a copy of the program that says so, otherwise the same. */
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

const VERSION = "OpenSSH_10.0p2 Debian-7";
/** As it stands in the program, with the distribution's mark: up to the zero that ends it. */
const NAMED = /OpenSSH_\d{1,3}\.\d{1,3}p\d [\w.+~-]{1,60}(?=\0)/g;

/** False where the program is not there, or a longer name does not fit into it. */
export function copyOpenSsh(from: string, to: string): boolean {
  if (!existsSync(from)) return false;
  const program = readFileSync(from);
  const text = program.toString("latin1");
  const places = [...text.matchAll(NAMED)];
  if (places.length === 0 || places.some(([name]) => name.length < VERSION.length)) return false;
  for (const { 0: name, index } of places) program.write(VERSION.padEnd(name.length, "\0"), index, "latin1");
  writeFileSync(`${to}.new`, program);
  chmodSync(`${to}.new`, 0o755);
  renameSync(`${to}.new`, to);
  return true;
}
