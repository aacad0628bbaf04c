/** Starting and stopping a guest: what a node checks first, and how much memory that takes. */
import { AppError } from "../../agents/base/errors.ts";
import { type Change, type GuestRef, guestOf } from "./guests.ts";
import type { ClusterNode, ClusterState, Guest } from "./state.ts";
import { nodeOf } from "./storage.ts";

export function startGuest(draft: ClusterState, ref: GuestRef): Change {
  const guest = guestOf(draft, ref);
  if (guest.template) throw new AppError("conflict", "you can't start a vm if it's a template");
  if (guest.status === "running") throw new AppError("conflict", `VM ${ref.vmid} already running`);
  requireBridges(draft, guest);
  requireMemory(draft, guest);
  guest.status = "running";
  guest.pid = 100_000 + (draft.revision % 800_000);
  return { guest, log: "" };
}

/** Power off, or an orderly shutdown; the latter needs a guest that runs. */
export function stopGuest(draft: ClusterState, ref: GuestRef, how: "stop" | "shutdown"): Change {
  const guest = guestOf(draft, ref);
  if (how === "shutdown" && guest.status === "stopped")
    throw new AppError("conflict", `VM ${ref.vmid} not running`);
  guest.status = "stopped";
  guest.pid = null;
  return { guest, log: "" };
}

/** In use by the node itself and by the guests that run on it. */
export function usedMemoryBytes(state: ClusterState, node: ClusterNode): number {
  const running = state.guests.filter((guest) => guest.node === node.name && guest.status === "running");
  return running.reduce((sum, guest) => sum + memoryBytes(guest), node.baseMemoryBytes);
}

export function memoryBytes(guest: Guest): number {
  return Number(guest.config["memory"] ?? 512) * 1024 ** 2;
}

function requireBridges(state: ClusterState, guest: Guest): void {
  const { bridges } = nodeOf(state, guest.node);
  for (const [key, value] of Object.entries(guest.config)) {
    const bridge = /^net\d+$/.test(key) ? /(?:^|,)bridge=([^,]+)/.exec(value)?.[1] : undefined;
    if (bridge && !bridges.includes(bridge))
      throw new AppError("conflict", `bridge '${bridge}' does not exist`);
  }
}

/** A guest takes all its memory at once: the lab has no ballooning. */
function requireMemory(state: ClusterState, guest: Guest): void {
  const node = nodeOf(state, guest.node);
  if (usedMemoryBytes(state, node) + memoryBytes(guest) <= node.memoryBytes) return;
  throw new AppError(
    "conflict",
    "kvm: cannot set up guest memory 'pc.ram': Cannot allocate memory\nstart failed: QEMU exited with code 1",
  );
}
