/** What the creation of a guest asks, of whatever kind it is. */
import { AppError } from "../../agents/base/errors.ts";
import { requireFreeVmid } from "../cluster/guests.ts";
import { badParameter } from "../cluster/options.ts";
import type { GuestKind } from "../cluster/state.ts";
import { findVolume } from "../cluster/storage.ts";
import { type Call, require, text } from "./call.ts";
import { optionsOf, requireOptions } from "./guest-options.ts";

/** The right to create it: within a pool by the pool's, elsewhere by its own and those of its options. */
export function requireCreation(call: Call, kind: GuestKind, vmid: number): void {
  const pool = text(call, "pool");
  require(call, pool ? `/pool/${pool}` : `/vms/${vmid}`, "VM.Allocate");
  if (!pool) requireOptions(call, kind, optionsOf(call.params));
}

/** A taken id is told in words that name the guest, and so is what `check` refuses. */
export function requireRoom(
  call: Call,
  { title, vmid, verb = "create" }: { title: string; vmid: number; verb?: string },
  check = () => {},
): void {
  try {
    requireFreeVmid(call.state, vmid);
    check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError("conflict", `unable to ${verb} ${title} ${vmid} - ${error.message}`);
  }
}

/** A script that is to be run at a guest's start must be there. */
export function requireHookscript(call: Call): void {
  const id = text(call, "hookscript");
  if (id && !findVolume(call.state, text(call, "node"), id))
    throw badParameter("hookscript", `script '${id}' does not exist`);
}
