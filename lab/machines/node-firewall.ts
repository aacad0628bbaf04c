/** The Proxmox firewall of a machine: what the cluster compiles for it is what its kernel filters by. */
import { once } from "node:events";
import type { Compiled } from "../firewall/compile.ts";
import { restoreText } from "../firewall/restore.ts";
import type { LabClock } from "./lab-clock.ts";
import type { Machine } from "./machine.ts";
import { runIn } from "./run-in.ts";

/** As often as the real one looks whether its chains are still there. */
const INTERVAL_MS = 10_000;

export type NodeFirewall = {
  /** A part of the computer: from its boot to its end. */
  start(machine: Machine): Promise<() => Promise<void>>;
  /** Settles when the machine filters as compiled. */
  sync(): Promise<void>;
};

export function createNodeFirewall(compile: () => Compiled, clock: LabClock): NodeFirewall {
  let machine: Machine | undefined;
  let applied = "";
  let checkedAt = 0;
  let last: Promise<void> = Promise.resolve();
  const apply = async () => {
    const compiled = compile();
    const key = JSON.stringify([[...compiled.chains], [...compiled.sets]]);
    checkedAt = clock.now();
    if (!machine || (key === applied && compiled.chains.size === 0)) return;
    const { stdout } = await runIn(machine, ["/usr/sbin/iptables", "-w", "-S"]);
    const text = restoreText(compiled, stdout, key === applied);
    if (text !== undefined) await feed(machine, text);
    applied = key;
  };
  const queued = () => {
    last = last.then(apply, apply);
    return last;
  };
  const isCurrent = () => {
    const { chains, sets } = compile();
    return JSON.stringify([[...chains], [...sets]]) === applied;
  };
  return {
    start: async (booted) => {
      machine = booted;
      applied = EMPTY;
      await queued();
      const { remove } = clock.add({
        next: () => (applied === EMPTY ? undefined : checkedAt + INTERVAL_MS),
        run: queued,
      });
      return async () => {
        remove();
        machine = undefined;
        await last;
      };
    },
    sync: async () => {
      if (machine && !isCurrent()) await queued();
    },
  };
}

const EMPTY = "[[],[]]";

async function feed(machine: Machine, text: string): Promise<void> {
  const child = machine.spawn(["/usr/sbin/iptables-restore", "-w", "--noflush"], {});
  child.stdin.on("error", () => child.stdin.destroy()); // it does not read: what is there stays
  child.stdin.end(text);
  child.stdout.resume();
  child.stderr.resume();
  await once(child, "close");
}
