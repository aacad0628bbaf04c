/** Services that somebody has written for a machine: their commands run in it, as their unit files say. */
import { existsSync, readFileSync } from "node:fs";
import { abortable } from "../../agents/host/commands/abortable.ts";
import type { Machine, Service } from "./machine.ts";
import { runIn } from "./run-in.ts";
import { splitCommand, type UnitFile, valuesOf } from "./unit-file.ts";

export type Services = {
  /** Empty once it has run (`oneshot`) or has been started; otherwise why not. */
  start(name: string, file: UnitFile): Promise<string>;
  stop(name: string): Promise<void>;
  isActive(name: string): boolean;
  /** As the machine knows it; 0 for none. */
  pid(name: string): number;
  /** With what its unit file says: a command, or a signal to its main process. Empty, or why not. */
  reload(name: string, file: UnitFile): Promise<string>;
  /** Waits for one that ends soon. */
  settled(name: string): Promise<void>;
};

const SOON_MS = 5_000;

export const SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

export function servicesOf(machine: Machine): Services {
  const running = new Map<string, Service>();
  return {
    start: async (name, file) => {
      const commands = valuesOf(file, "Service", "ExecStart");
      const env = environmentOf(file);
      const before = await runAll(machine, [...valuesOf(file, "Service", "ExecStartPre")], file);
      if (before) return before;
      if (valuesOf(file, "Service", "Type").at(-1) === "oneshot") return runAll(machine, commands, file);
      const [first] = commands.map((line) => asUser(splitCommand(line).words, file));
      if (!first) return "Service has no ExecStart= setting. Refusing.";
      const service = await machine.serve(first, env);
      service.child.stderr.resume();
      running.set(name, service);
      void service.gone.then(() => running.delete(name));
      return "";
    },
    stop: async (name) => {
      const service = running.get(name);
      if (!service || service.child.exitCode !== null) return;
      process.kill(service.pid, "SIGTERM");
      await service.gone;
    },
    isActive: (name) => running.has(name),
    pid: (name) => pidInside(running.get(name)),
    reload: async (name, file) => {
      const pid = String(pidInside(running.get(name)));
      const lines = valuesOf(file, "Service", "ExecReload").map((line) => line.replaceAll("$MAINPID", pid));
      return runAll(machine, lines, file);
    },
    settled: async (name) => {
      const gone = running.get(name)?.gone;
      const soon = AbortSignal.timeout(SOON_MS);
      if (gone) await abortable(gone, soon).catch(() => {}); // goes on, as a daemon does
    },
  };
}

/** As the machine knows it; 0 for none. */
export function pidInside(service: Service | undefined): number {
  const status = `/proc/${service?.pid}/status`;
  if (!service || !existsSync(status)) return 0;
  const line = readFileSync(status, "utf8")
    .split("\n")
    .find((each) => each.startsWith("NSpid:"));
  return Number(line?.split("\t").at(-1) ?? 0);
}

async function runAll(machine: Machine, lines: readonly string[], file: UnitFile): Promise<string> {
  for (const line of lines) {
    const { words, ignores } = splitCommand(line);
    const { exitCode } = await runIn(machine, asUser(words, file), { env: environmentOf(file) });
    if (exitCode !== 0 && !ignores) return `${words[0]}: exit status ${exitCode}`;
  }
  return "";
}

export function asUserOf(user: string, words: readonly string[]): [string, ...string[]] {
  return ["/usr/bin/setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--", ...words];
}

function asUser(words: readonly string[], file: UnitFile): [string, ...string[]] {
  const user = valuesOf(file, "Service", "User").at(-1);
  const [first = "/bin/false", ...rest] = words;
  return user === undefined || user === "root" ? [first, ...rest] : asUserOf(user, words);
}

function environmentOf(file: UnitFile): Record<string, string> {
  const pairs = valuesOf(file, "Service", "Environment").flatMap((line) => splitCommand(line).words);
  const named = pairs.filter((pair) => pair.indexOf("=") > 0);
  return {
    ...{
      PATH: SERVICE_PATH,
      LANG: "C.UTF-8",
      HOME: "/root",
      USER: "root",
      LOGNAME: "root",
      SHELL: "/bin/bash",
    },
    ...Object.fromEntries(
      named.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    ),
  };
}
