/**
 * The guests of a lab as machines: one for each that the cluster's state says runs, has an image on its disk, and is on a node
 * that is up. The state is the truth; whoever changes it does not wait for a machine.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CONTAINER_LOGINS } from "../cluster/guests.ts";
import type { GuestsInside, Inside, InsideRequest } from "../cluster/guests-inside.ts";
import type { CommandOutcome } from "../cluster/outcome.ts";
import type { ClusterState, Guest } from "../cluster/state.ts";
import type { LabClock } from "../machines/lab-clock.ts";
import type { Machine } from "../machines/machine.ts";
import type { LabNetwork } from "../machines/network.ts";
import { giveTree } from "../machines/ownership.ts";
import { cloudData } from "./cloud-data.ts";
import { type GuestMachine, startGuestMachine } from "./guest-machine.ts";
import { guestOs } from "./guest-os.ts";
import { type GuestPlan, planOf } from "./guest-plan.ts";
import { GuestSlot } from "./guest-slot.ts";
import { performInside } from "./inside-requests.ts";
import { createSystemCopies, type SystemCopies } from "./system-copies.ts";
import type { UserData } from "./user-data.ts";

export type GuestsOptions = {
  /** The lab's. */
  directory: string;
  network: LabNetwork;
  clock: LabClock;
  /** The machine of a node that is up. */
  node(name: string): Machine | undefined;
};

/** What they are to be, and who is told. */
export type GuestsSource = {
  state(): ClusterState;
  /** That a guest has switched itself off. */
  off(vmid: number): void;
};

export class Guests implements GuestsInside {
  readonly #options: GuestsOptions;
  readonly #folder: string;
  readonly #copies: SystemCopies;
  readonly #slots = new Map<number, GuestSlot>();
  #source: GuestsSource | undefined;
  #followed: Promise<unknown> = Promise.resolve();

  constructor(options: GuestsOptions) {
    this.#options = options;
    this.#folder = join(options.directory, "guests");
    mkdirSync(this.#folder, { recursive: true });
    giveTree(this.#folder, options.network.users.root);
    this.#copies = createSystemCopies(this.#folder, {
      owner: options.network.users.root,
      isUsed: (id) => [...this.#slots.values()].some(({ using }) => using === id),
    });
  }

  /** From now on. */
  attend(source: GuestsSource): void {
    this.#source = source;
    this.follow();
  }

  /** After whatever may have changed what is to run. */
  follow(): void {
    if (!this.#source) return;
    const state = this.#source.state();
    this.#followCopies();
    const running = state.guests.filter(
      ({ status, node }) => status === "running" && this.#options.node(node) !== undefined,
    );
    for (const guest of running) this.#want(state, guest);
    const vmids = running.map(({ vmid }) => vmid);
    for (const [vmid, slot] of this.#slots) if (!vmids.includes(vmid)) slot.become("", async () => {});
    const known = new Set(state.guests.map(({ vmid }) => vmid));
    for (const vmid of this.#slots.keys()) if (!known.has(vmid)) this.#forget(vmid);
  }

  /** Undefined for one that has not booted, or not yet. */
  machine(vmid: number): GuestMachine | undefined {
    return this.#slots.get(vmid)?.machine;
  }

  /** Since it was switched on the last time; empty for one that never was. */
  console(vmid: number): string {
    return this.#slots.get(vmid)?.console.text() ?? "";
  }

  /** Undefined for one that has not booted. */
  of(vmid: number): Inside | undefined {
    return this.#slots.get(vmid)?.inside;
  }

  async booted(vmid: number): Promise<void> {
    await this.#slots.get(vmid)?.last;
  }

  async look(): Promise<void> {
    await Promise.all([...this.#slots.values()].map(({ inside }) => inside?.look()));
  }

  perform(request: InsideRequest, input: string): Promise<CommandOutcome> {
    const slot = this.#slots.get(request.vmid);
    const { node } = this.#options;
    return performInside(request, input, {
      guest: slot?.machine?.computer.machine,
      inside: slot?.inside,
      node,
    });
  }

  /** When all that is asked for by now has been done. */
  async settled(): Promise<void> {
    await Promise.all([...this.#slots.values()].map(({ last }) => last));
    await this.#followed;
  }

  async close(): Promise<void> {
    this.#source = undefined;
    for (const slot of this.#slots.values()) slot.become("", async () => {});
    await this.settled();
  }

  #want(state: ClusterState, guest: Guest): void {
    const login = state.sections[CONTAINER_LOGINS]?.[String(guest.vmid)] ?? {};
    const plan = planOf(state, guest, login);
    const slot = this.#slotOf(guest.vmid);
    if ("problem" in plan) {
      slot.become(`${guest.boots}/none`, async () => slot.stayOff(guest.kind, plan.problem));
    } else if (slot.wanted !== plan.boot) {
      const userData = plan.kind === "qemu" ? cloudData(state, guest, this.#options.directory) : undefined;
      slot.become(plan.boot, () => this.#boot(slot, plan, userData));
    }
  }

  #slotOf(vmid: number): GuestSlot {
    const slot = this.#slots.get(vmid) ?? new GuestSlot(() => this.#followCopies());
    this.#slots.set(vmid, slot);
    return slot;
  }

  #followCopies(): void {
    if (this.#source) this.#followed = this.#copies.follow(this.#source.state());
  }

  #forget(vmid: number): void {
    const slot = this.#slots.get(vmid);
    void slot?.last.then(() => {
      if (slot.wanted === "" && this.#slots.get(vmid) === slot) this.#slots.delete(vmid);
    });
  }

  async #boot(slot: GuestSlot, plan: GuestPlan, userData: UserData | undefined): Promise<void> {
    slot.using = plan.system.id;
    const os = guestOs(plan.system.os);
    const directory = await this.#copies.folder(plan.system);
    if (os === undefined || directory === undefined)
      return slot.stayOff(plan.kind, `'${plan.system.os}' is not simulated`);
    const { network, clock } = this.#options;
    const { console } = slot;
    const machine = await startGuestMachine({
      ...{ plan, os, userData, directory, network, clock, console },
      socketFolder: this.#folder,
    });
    slot.hold(machine);
    machine.computer.on("off", () => {
      if (slot.machine === machine) this.#source?.off(plan.vmid);
    });
  }
}
