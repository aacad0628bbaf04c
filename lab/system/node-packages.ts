/**
 * What a fresh node has installed: the packages of Debian 13 and Proxmox VE 9.1 with their programs. A line of the file is
 * `NAME VERSION PROGRAM...`, a program being `b/NAME` of /usr/bin or `s/NAME` of /usr/sbin.
 * Sources: `pveversion -v` of 9.1, the installer's list of packages, the file lists of Debian's packages.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type NodePackage = {
  name: string;
  version: string;
  /** `usr/bin/ls` */
  programs: readonly string[];
};

const FOLDERS: Readonly<Record<string, string>> = { b: "usr/bin", s: "usr/sbin" };

let kept: readonly NodePackage[] | undefined;

/** In the order of their names. */
export function nodePackages(): readonly NodePackage[] {
  kept ??= readFileSync(join(import.meta.dirname, "node-packages.txt"), "utf8")
    .trim()
    .split("\n")
    .map(readLine);
  return kept;
}

let programs: ReadonlySet<string> | undefined;

/** Whether a package of a fresh node has this program: `usr/bin/ls`. */
export function isOfNode(program: string): boolean {
  programs ??= new Set(nodePackages().flatMap((one) => one.programs));
  return programs.has(program);
}

function readLine(line: string): NodePackage {
  const [name = "", version = "", ...programs] = line.split(" ");
  return {
    name,
    version,
    programs: programs.map((program) => `${FOLDERS[program.slice(0, 1)]}/${program.slice(2)}`),
  };
}
