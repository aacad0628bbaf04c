/** Which guests and storages are in which pool. */

import { AppError } from "../../agents/base/errors.ts";
import { named } from "../cluster/named.ts";
import type { ClusterState, Row } from "../cluster/state.ts";

/** AppError `conflict` when there is no such pool. */
export function requirePool(state: ClusterState, pool: string): Row {
  const found = named(state.sections["pools"], pool);
  if (!found) throw new AppError("conflict", `pool '${pool}' does not exist`);
  return found;
}

export function membersOf(pool: Row, kind: "vms" | "storage"): string[] {
  return String(pool[kind] ?? "")
    .split(",")
    .filter(Boolean);
}

export function joinPool(state: ClusterState, pool: string, vmid: number): void {
  const row = requirePool(state, pool);
  row["vms"] = [...new Set([...membersOf(row, "vms"), String(vmid)])].join(",");
}

export function leavePools(state: ClusterState, vmid: number): void {
  for (const row of Object.values(state.sections["pools"] ?? {}))
    row["vms"] = membersOf(row, "vms")
      .filter((id) => id !== String(vmid))
      .join(",");
}
