/** The units of a machine behind which real things of it are: what `systemctl` does to them happens. */

import { readSystemctl } from "../cluster/commands/systemctl-args.ts";
import { named } from "../cluster/named.ts";
import { type CommandOutcome, failed } from "../cluster/outcome.ts";
import type { Machine } from "./machine.ts";
import type { UnitProcess } from "./node-units.ts";
import { runIn } from "./run-in.ts";
import { type Sshd, sshdOf } from "./sshd.ts";

/** Each: empty, or why it failed. */
type UnitActions = {
  start(): Promise<string>;
  restart(): Promise<string>;
  reload(): Promise<string>;
  stop(): Promise<void>;
};

type Units = Readonly<Record<string, UnitActions>>;

const NAMES: Readonly<Record<string, string>> = { ssh: "ssh", sshd: "ssh", nftables: "nftables" };

const SSHD = { name: "sshd", title: '"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"' };

export type BuiltInUnits = {
  /** Of a machine that has just booted: starts what is enabled. */
  boot(machine: Machine): Promise<undefined>;
  /** Of a unit that is a real program; undefined for others. */
  process(name: string): UnitProcess | undefined;
  /** Runs `systemctl`: first what it asks of these units; where that fails, this is how it ends. */
  systemctl(argv: string[]): Promise<CommandOutcome>;
};

type Execute = (argv: string[]) => Promise<CommandOutcome>;

/** `execute` is the cluster's: it keeps what is enabled and active. `log` gets what sshd says. */
export function createBuiltInUnits(execute: Execute, log: (line: string) => void): BuiltInUnits {
  let units: Units = {};
  let sshd: Sshd | undefined;
  let hasFailed = false;
  /** As its unit has it: Restart=on-failure, RestartPreventExitStatus=255. */
  const ended = async (signal: string | null) => {
    if (signal !== null && (await sshd?.start()) === "") return;
    hasFailed = true;
    await execute(["systemctl", "stop", "ssh"]);
  };
  return {
    boot: async (machine) => {
      sshd = sshdOf(machine, { log, ended: (signal) => void ended(signal) });
      hasFailed = false;
      units = unitsOf(machine, sshd);
      for (const [name, { start }] of Object.entries(units)) {
        const { exitCode } = await execute(["systemctl", "is-enabled", "--quiet", name]);
        const complaint = exitCode === 0 ? await start() : "disabled";
        await execute(["systemctl", complaint ? "stop" : "start", name]);
      }
      return undefined;
    },
    process: (name) =>
      name === "ssh.service" ? { pid: sshd?.pid() ?? 0, hasFailed, shown: SSHD } : undefined,
    systemctl: async (argv) => {
      for (const { name, verb } of actionsOf(argv)) {
        const complaint = await units[name]?.[verb]();
        if (complaint) return jobFailed(name, complaint);
        if (name === "ssh") hasFailed = false;
      }
      return execute(argv);
    },
  };
}

function unitsOf(machine: Machine, sshd: Sshd): Units {
  const load = async () =>
    (await runIn(machine, ["/usr/sbin/nft", "-f", "/etc/nftables.conf"])).stderr.trim();
  const flush = async () => void (await runIn(machine, ["/usr/sbin/nft", "flush", "ruleset"]));
  return { nftables: { start: load, restart: load, reload: load, stop: flush }, ssh: sshd };
}

type Action = { name: string; verb: keyof UnitActions };

function actionsOf(argv: readonly string[]): Action[] {
  const line = readSystemctl(argv.slice(1));
  if (line.kind !== "verb") return [];
  const verb = verbOf(line.verb, line.now);
  if (!verb) return [];
  return line.units.flatMap((unit) => {
    const name = named(NAMES, unit.replace(/\.service$/, ""));
    return name ? [{ name, verb }] : [];
  });
}

function verbOf(verb: string, now: boolean): keyof UnitActions | undefined {
  switch (verb) {
    case "start":
    case "restart":
    case "reload":
    case "stop":
      return verb;
    case "try-restart":
    case "reload-or-restart":
      return verb === "reload-or-restart" ? "reload" : "restart";
    case "enable":
      return now ? "start" : undefined;
    case "disable":
      return now ? "stop" : undefined;
    default:
      return undefined;
  }
}

function jobFailed(name: string, message: string): CommandOutcome {
  return failed(
    1,
    `Job for ${name}.service failed because the control process exited with error code.\n${message}\n` +
      `See "systemctl status ${name}.service" and "journalctl -xeu ${name}.service" for details.`,
  );
}
