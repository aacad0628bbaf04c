/** The units of a fresh machine on it: their files, and which of them are still there when packages have been removed. */
import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { isOfNode } from "../system/node-packages.ts";
import { type BuiltIn, builtInUnits, programOf, unitText, vendorFile } from "./unit-view.ts";

/** By path below the root: what the machine sees as /usr/lib/systemd/system lies beside that. */
export function vendorUnits(): Record<string, string> {
  const place = (name: string) => join("../units", basename(vendorFile(name)));
  return Object.fromEntries(builtInUnits().map((unit) => [place(unit.name), unitText(unit)]));
}

/** `root`: the machine's `/`. Units whose program is of no package of a node stay. */
export function installedUnits(root: string, units: readonly BuiltIn[]): BuiltIn[] {
  return units.filter((unit) => {
    const program = programOf(unit);
    if (program === undefined || !isOfNode(program)) return true;
    return lstatSync(join(root, program), { throwIfNoEntry: false }) !== undefined;
  });
}
