/** The Proxmox firewall of a machine: what the cluster compiles for it is what its kernel filters by. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { AppError, describeError } from "../../agents/base/errors.ts";
import { type Compiled, NOTHING } from "../firewall/compile.ts";
import { restoreText } from "../firewall/restore.ts";
import type { LabClock } from "./lab-clock.ts";
import type { Machine } from "./machine.ts";
import { runIn } from "./run-in.ts";

/** As often as the real one looks whether its chains are still there. */
const INTERVAL_MS = 10_000;

export type NodeFirewall = {
  /** A part of the computer: from its boot to its end. */
  start(machine: Machine): Promise<() => Promise<void>>;
  /** Settles when the machine filters as compiled, or has kept its old rules because it cannot. */
  sync(): Promise<void>;
};

export type NodeFirewallOptions = {
  /** The same object as long as nothing has changed. */
  compile(): Compiled;
  clock: LabClock;
  /** Told once of each thing that keeps the rules from being applied. */
  tell(message: string): void;
};

export function createNodeFirewall({ compile, clock, tell }: NodeFirewallOptions): NodeFirewall {
  let machine: Machine | undefined;
  let tried: Compiled | undefined;
  let applied = NOTHING;
  let changed = () => {};
  let told = "";
  let checkedAt = 0;
  let last: Promise<void> = Promise.resolve();
  const apply = async () => {
    const [compiled, own] = [compile(), machine];
    checkedAt = clock.now();
    tried = compiled;
    if (!own || (compiled.chains.size === 0 && applied.chains.size === 0)) return;
    try {
      await restore(own, compiled, compiled === applied);
      applied = compiled;
      told = "";
    } catch (error) {
      const message = `status update error: ${describeError(error)}`;
      if (machine === own && message !== told) tell(message);
      told = message;
    }
  };
  const queued = () => {
    last = last.then(apply);
    return last;
  };
  return {
    start: async (booted) => {
      machine = booted;
      applied = NOTHING;
      await queued();
      const isIdle = () => !tried?.chains.size && applied.chains.size === 0;
      const source = clock.add({
        next: () => (isIdle() ? undefined : checkedAt + INTERVAL_MS),
        run: queued,
      });
      changed = source.changed;
      return async () => {
        source.remove();
        machine = undefined;
        changed = () => {};
        await last;
      };
    },
    sync: async () => {
      await last; // whoever came first may still be at it
      if (!machine || compile() === tried) return;
      await queued();
      changed();
    },
  };
}

/** AppError for what iptables refuses: it takes all or nothing, so the old rules stay. */
async function restore(machine: Machine, compiled: Compiled, isCurrent: boolean): Promise<void> {
  const present = await runIn(machine, ["/usr/sbin/iptables", "-w", "-S"]);
  if (present.exitCode !== 0) throw refused("iptables -S", present.exitCode, present.stderr);
  const rules = restoreText(compiled, present.stdout, isCurrent);
  if (rules === undefined) return;
  const child = machine.spawn(["/usr/sbin/iptables-restore", "-w", "--noflush"], {});
  child.stdin.on("error", () => child.stdin.destroy()); // it does not read: its exit code says so
  child.stdin.end(rules);
  child.stdout.resume();
  const [stderr, [code]] = await Promise.all([
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  if (code !== 0) throw refused("iptables-restore", code ?? 255, stderr);
}

function refused(command: string, exitCode: number, stderr: string): AppError {
  const why = stderr.trim().split("\n").slice(0, 2).join(" ").slice(0, 500);
  return new AppError("bad_config", `command '${command}' failed: exit code ${exitCode}: ${why}`);
}
