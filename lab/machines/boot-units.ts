/** What a boot makes of the units of a node: those run that are to, whatever somebody has started or stopped before. */

import { daemons } from "../systemd/daemons.ts";
import type { NodeUnits } from "./node-units.ts";

/** Of units that are daemons; the others have stayed as they were. */
export async function bootUnits(units: NodeUnits): Promise<undefined> {
  units.booted();
  const names = new Set(daemons().map(([unit]) => unit));
  for (const { name, active, load, fileState } of await units.views()) {
    const isWanted = load !== "masked" && fileState !== "disabled";
    if (names.has(name) && (active === "active") !== isWanted) await units.turn(name, isWanted);
  }
  return undefined;
}
