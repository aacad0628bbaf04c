/** Starting and stopping a guest: what a node checks first, and how much memory that takes. */
import { AppError } from "../../agents/base/errors.ts";
import { type Change, type GuestRef, guestOf } from "./guests.ts";
import type { ClusterNode, ClusterState, Guest, GuestKind } from "./state.ts";
import { nodeOf } from "./storage.ts";

/** `now` in milliseconds since the epoch. */
export function startGuest(
  draft: ClusterState,
  ref: GuestRef,
  how: { kind?: GuestKind; now: number },
): Change {
  const { kind = "qemu", now } = how;
  const guest = guestOf(draft, ref, kind);
  if (guest.template)
    throw new AppError(
      "conflict",
      kind === "qemu" ? "you can't start a vm if it's a template" : "you can't start a CT if it's a template",
    );
  if (guest.status === "running")
    throw new AppError(
      "conflict",
      kind === "qemu" ? `VM ${ref.vmid} already running` : `CT ${ref.vmid} already running`,
    );
  requireBridges(draft, guest);
  if (kind === "qemu") requireMemory(draft, guest);
  guest.status = "running";
  guest.pid = 100_000 + (draft.revision % 800_000);
  guest.startedAt = Math.floor(now / 1000);
  guest.boots = (guest.boots ?? 0) + 1;
  return { guest, log: "" };
}

/** Power off, or an orderly shutdown; the latter needs a guest that runs. */
export function stopGuest(
  draft: ClusterState,
  ref: GuestRef,
  how: { kind?: GuestKind; by: "stop" | "shutdown" },
): Change {
  const { kind = "qemu", by } = how;
  const guest = guestOf(draft, ref, kind);
  if (guest.status === "stopped" && (by === "shutdown" || kind === "lxc"))
    throw new AppError("conflict", `${kind === "qemu" ? "VM" : "CT"} ${ref.vmid} not running`);
  guest.status = "stopped";
  guest.pid = null;
  guest.startedAt = null;
  return { guest, log: "" };
}

/** A guest that has switched itself off; one that is gone meanwhile is passed over. */
export function switchOff(draft: ClusterState, vmid: number): void {
  const guest = draft.guests.find((each) => each.vmid === vmid);
  if (guest) Object.assign(guest, { status: "stopped", pid: null, startedAt: null });
}

/** In use by the node itself and by the guests that run on it. */
export function usedMemoryBytes(state: ClusterState, node: ClusterNode): number {
  const running = state.guests.filter((guest) => guest.node === node.name && guest.status === "running");
  return running.reduce((sum, guest) => sum + memoryBytes(guest), node.baseMemoryBytes);
}

export function memoryBytes(guest: Guest): number {
  const memory = (guest.config["memory"] ?? "512").replace(/^current=/, "").split(",")[0];
  return Number(memory) * 1024 ** 2;
}

function requireBridges(state: ClusterState, guest: Guest): void {
  const own = Object.entries(state.sections[`network/${guest.node}`] ?? {});
  const bridges = [
    ...nodeOf(state, guest.node).bridges,
    ...own.filter(([, row]) => /bridge/i.test(String(row["type"]))).map(([name]) => name),
    ...Object.keys(state.sections["sdn/vnets"] ?? {}),
  ];
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
