/** A guest that has booted: a machine as a node's is one, whose own root, services and programs nobody else's are. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { type CommandOutcome, gapOf } from "../cluster/outcome.ts";
import { refusalFor } from "../machines/callers.ts";
import { closeAll } from "../machines/close-all.ts";
import { Computer } from "../machines/computer.ts";
import { type Call, serveControl } from "../machines/control.ts";
import { noteGap } from "../machines/gaps.ts";
import { makeKernelSettings } from "../machines/kernel-settings.ts";
import type { LabClock } from "../machines/lab-clock.ts";
import type { LabNetwork } from "../machines/network.ts";
import { journalProgram, noteBoot, noteSystemctl } from "../machines/node-journal.ts";
import { createNodeServices } from "../machines/node-services.ts";
import { nodeSystemctl } from "../machines/node-systemctl.ts";
import { giveTree } from "../machines/ownership.ts";
import { powerCommand } from "../machines/power-commands.ts";
import { writeProcFiles } from "../machines/proc-files.ts";
import { remountCommand } from "../machines/remount.ts";
import { makeSocketFolder } from "../machines/socket-folder.ts";
import { type Journal, openJournal } from "../systemd/journal.ts";
import type { Console } from "./console.ts";
import { createFirstBoot } from "./first-boot.ts";
import { type GuestOs, guestUnits } from "./guest-os.ts";
import { type GuestPlan, linksOf } from "./guest-plan.ts";
import { guestProgram } from "./guest-programs.ts";
import { openGuestRecord } from "./guest-record.ts";
import type { UserData } from "./user-data.ts";

export type GuestMachineOptions = {
  plan: GuestPlan;
  os: GuestOs;
  /** Undefined for a container. */
  userData: UserData | undefined;
  /** Of its copy. */
  directory: string;
  /** Of all guests: for its control socket. */
  socketFolder: string;
  network: LabNetwork;
  clock: LabClock;
  console: Console;
};

export type GuestMachine = {
  plan: GuestPlan;
  computer: Computer;
  /** Whether the agent is installed and runs. */
  hasAgent(): boolean;
  close(): Promise<void>;
};

/** Throws what startMachine throws. */
export async function startGuestMachine(options: GuestMachineOptions): Promise<GuestMachine> {
  const { plan, network, socketFolder } = options;
  const controlDirectory = makeSocketFolder(socketFolder, `control-${plan.vmid}`);
  const closers = [async () => rmSync(controlDirectory, { recursive: true, force: true })];
  const close = closeAll(closers);
  try {
    const { computer, run, hasAgent, forget } = await assemble(options, controlDirectory);
    const { root: owner, inside: userInside } = network.users;
    const control = await serveControl({ directory: controlDirectory, owner, userInside, run });
    closers.push(
      control.close,
      () => computer.close(),
      async () => forget(),
    );
    await computer.boot();
    return { plan, computer, hasAgent, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Assembled = {
  computer: Computer;
  run: (call: Call) => Promise<CommandOutcome>;
  hasAgent: () => boolean;
  /** Nothing is kept of it from now on: its folder may go. */
  forget: () => void;
};

async function assemble(options: GuestMachineOptions, controlDirectory: string): Promise<Assembled> {
  const { plan, os, directory, network, clock } = options;
  const { name, card } = plan;
  const isContainer = plan.kind === "lxc";
  const kernel = isContainer ? KERNEL : os.kernel;
  const record = openGuestRecord(directory, plan, { now: clock.now, isKept: () => isKept });
  const own = (path: string) => giveTree(path, network.users.root);
  let isKept = true;
  const written = openJournal(join(directory, "journal.jsonl"), clock.now);
  const journal: Journal = { ...written, add: (entry) => void (isKept && written.add(entry)) };
  writeProcFiles(join(directory, "proc"), await record.hardware(), { bootedAt: clock.now(), kernel });
  rmSync(join(directory, "kernel"), { recursive: true, force: true });
  makeKernelSettings(join(directory, "kernel"), name, kernel);
  const { units, builtIn, custom, daemons, last } = createNodeServices({
    ...{ address: card?.address?.ip ?? "", directory, cluster: record, clock, journal, own },
    builtIn: guestUnits(isContainer),
  });
  const firstBoot = createFirstBoot(options);
  const machineOptions = {
    ...{ network, name, directory, controlDirectory, hasPve: false },
    ...{ address: card?.address?.ip ?? "", links: linksOf(card) },
  };
  const computer: Computer = new Computer(machineOptions, [
    { start: async () => void noteBoot(journal, guestUnits(isContainer)) },
    { start: firstBoot.early },
    { start: builtIn.boot },
    { start: custom.boot },
    ...last,
    { start: firstBoot.final },
  ]);
  const answer = async (call: Call): Promise<CommandOutcome> => {
    const settled =
      refusalFor(call) ??
      powerCommand(call, computer) ??
      (await remountCommand(call, computer.machine)) ??
      (await custom.run(call)) ??
      journalProgram(call, { journal, now: clock.now(), node: name });
    if (settled) return settled;
    if (call.argv[0] !== "systemctl") {
      const place = { hardware: await record.hardware(), root: join(directory, "root"), now: clock.now() };
      return guestProgram(call, { ...place, kernel });
    }
    const outcome = await nodeSystemctl(units, call.argv);
    noteSystemctl(journal, call.argv, outcome);
    await daemons.sync();
    return outcome;
  };
  const run = async (call: Call) => noted(options.socketFolder, await answer(call));
  return {
    computer,
    run,
    hasAgent: () => custom.units()?.isActive("qemu-guest-agent.service") === true,
    forget: () => {
      isKept = false;
    },
  };
}

function noted(directory: string, outcome: CommandOutcome): CommandOutcome {
  const gap = gapOf(outcome);
  if (gap !== undefined) noteGap(directory, gap);
  return outcome;
}
