/** Which units of a fresh machine are still there: those of a package that has been removed are not. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { isOfNode } from "../system/node-packages.ts";
import { type BuiltIn, programOf } from "./unit-view.ts";

/** `root`: the machine's `/`. Units whose program is of no package of a node stay. */
export function installedUnits(root: string, units: readonly BuiltIn[]): BuiltIn[] {
  return units.filter((unit) => {
    const program = programOf(unit);
    if (program === undefined || !isOfNode(program)) return true;
    return lstatSync(join(root, program), { throwIfNoEntry: false }) !== undefined;
  });
}
