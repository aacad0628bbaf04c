/**
 * What an attack could do to the machine, as the machine sees it: settings of its kernel that changed, a process that
 * was ended or stopped, a clock that jumped. Whatever was done is undone at once, so each way is judged alone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import { AppError } from "../../agents/base/errors.ts";

/** A setting with a number that a machine does well with whether it is one more or less. */
export type Setting = { file: string; key: string; mount: string; type: string };

const PROC_SYS: Setting = {
  file: "/proc/sys/vm/swappiness",
  key: "vm.swappiness",
  mount: "/proc",
  type: "proc",
};
const SYS_FILES = [
  "/sys/kernel/mm/ksm/sleep_millisecs",
  "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs",
  "/sys/block/loop0/queue/read_ahead_kb",
  "/sys/power/pm_freeze_timeout",
];
/** A machine that is busy writes a line late; a clock that was set back to another day does not. */
const JUMP_MS = 5_000;

export type HostWorld = {
  /** What a script is told: how to reach what it is to harm. */
  environment(surface: string): Record<string, string>;
  /** What was done since the last look, undone. */
  harm(): string | undefined;
  close(): Promise<void>;
};

/** The victim runs as the user who attacks: what a number of a user alone would keep away is not meant. */
export function createHostWorld(user: { uid: number; gid: number }): HostWorld {
  const sys = SYS_FILES.find((file) => existsSync(file));
  if (!sys)
    throw new AppError("missing_requirement", `none of ${SYS_FILES.join(", ")} is here to be attacked`);
  const settings = [PROC_SYS, { file: sys, key: "", mount: "/sys", type: "sysfs" }] as const;
  const before = new Map(settings.map(({ file }) => [file, valueIn(file)]));
  let victim = startVictim(user);
  let clock = clockOffset();
  const changed = () =>
    settings.flatMap(({ file }) => {
      const value = before.get(file) ?? "";
      if (valueIn(file) === value) return [];
      writeFileSync(file, value);
      return [`${file} was changed`];
    });
  const hurt = () => {
    const state = stateOf(victim);
    if (/^[SDR]$/.test(state)) return [];
    victim.kill("SIGKILL");
    victim = startVictim(user);
    return [`a process of the machine was ${state === "" ? "ended" : `brought into the state ${state}`}`];
  };
  const jumped = () => {
    const [last, offset] = [clock, clockOffset()];
    clock = offset;
    return Math.abs(offset - last) > JUMP_MS ? ["the clock was set"] : [];
  };
  return {
    environment(surface) {
      const { file, key, mount, type } = settings[surface === "sys" ? 1 : 0];
      const value = String(Number(before.get(file)) + 1);
      return { FILE: file, KEY: key, MOUNT: mount, TYPE: type, NEW: value, VICTIM: String(victim.pid) };
    },
    harm: () => [...changed(), ...hurt(), ...jumped()].join(", ") || undefined,
    async close() {
      changed();
      const gone = once(victim, "exit");
      if (victim.exitCode === null && victim.signalCode === null && victim.kill("SIGKILL")) await gone;
    },
  };
}

/** A machine whose settings nobody can write needs no guard, and would prove none. */
export function canBeHarmed(): boolean {
  try {
    accessSync(PROC_SYS.file, constants.W_OK);
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

function valueIn(file: string): string {
  return readFileSync(file, "utf8").trim();
}

function startVictim({ uid, gid }: { uid: number; gid: number }): ChildProcess {
  const own = process.getuid?.() === 0 ? { uid, gid } : {};
  return spawn("sleep", ["100000"], { ...own, cwd: "/", stdio: "ignore", env: { VICTIM: "1" } });
}

/** One letter of proc(5), as T for stopped; empty for one that ended. */
function stateOf({ pid, exitCode, signalCode }: ChildProcess): string {
  if (exitCode !== null || signalCode !== null) return "";
  try {
    const state = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? "";
    return state === "Z" ? "" : state;
  } catch {
    return "";
  }
}

function clockOffset(): number {
  return Date.now() - performance.now();
}
