/**
 * The processes of one call, found by what they cannot lose by accident: a mark in their environment, the
 * session of their leader, or a parent that is one of them. Linux only: it reads /proc.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../base/errors.ts";
import type { CallId } from "./call-id.ts";

/** The variable that marks a process and whatever it starts. */
export const CALL_MARK = "MINILAB_CALL";

const SWEEP_PAUSE_MS = 5;
const SWEEP_LIMIT_MS = 5_000;
/** In /proc/<pid>/stat, counted from the state behind the name: tells a process from a later one of its number. */
const START_TIME_FIELD = 19;

type ProcessRow = { pid: number; parent: number; session: number; isMarked: boolean; identity: string };

export class CallProcesses {
  readonly #callId: CallId;
  readonly #leader: number | undefined;
  /** Members seen so far: they stay members when their parent is gone. */
  readonly #known = new Set<string>();

  /** `leader` is a living session leader of the call, if there is one. */
  constructor(callId: CallId, leader?: number) {
    this.#callId = callId;
    this.#leader = leader;
  }

  /**
   * Kill until none is left. Rejects with `unavailable` when some survive SIGKILL for five seconds (a device
   * that does not answer).
   */
  async killAll(): Promise<void> {
    const deadline = performance.now() + SWEEP_LIMIT_MS;
    for (let left = this.pids(); left.length > 0; left = this.pids()) {
      if (performance.now() > deadline) {
        throw new AppError("unavailable", `Processes ${left.join(", ")} of this call cannot be killed.`);
      }
      for (const pid of left) sendSignal(pid, "SIGSTOP"); // nobody goes on for having lost a child
      for (const pid of left) sendSignal(pid, "SIGKILL");
      await delay(SWEEP_PAUSE_MS);
    }
  }

  /** The live processes of the call. */
  pids(): number[] {
    return this.#members().map((row) => row.pid);
  }

  /** Repeated until nothing is added, because a child may be listed before its parent. */
  #members(): ProcessRow[] {
    const rows = listProcesses(this.#callId);
    const found = new Map<number, ProcessRow>();
    const belongs = (row: ProcessRow) =>
      row.isMarked || row.session === this.#leader || found.has(row.parent) || this.#known.has(row.identity);
    for (let before = -1; before !== found.size; ) {
      before = found.size;
      for (const row of rows.filter(belongs)) found.set(row.pid, row);
    }
    for (const row of found.values()) this.#known.add(row.identity);
    return [...found.values()];
  }
}

function listProcesses(callId: CallId): ProcessRow[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => readProcess(Number(pid), callId) ?? []);
}

/** undefined for a process that is gone or only waits to be collected. */
function readProcess(pid: number, callId: CallId): ProcessRow | undefined {
  const stat = readProc(pid, "stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, , session] = fields;
  if (stat === "" || state === "Z" || state === "X") return undefined;
  const isMarked = `\0${readProc(pid, "environ")}`.includes(`\0${CALL_MARK}=${callId}\0`);
  const identity = `${pid} since ${fields[START_TIME_FIELD]}`;
  return { pid, parent: Number(parent), session: Number(session), isMarked, identity };
}

/** Empty for a process that is gone. */
export function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return ""; // it ended, or it belongs to someone else
  }
}

/** To a process that may have ended. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error; // gone; or not ours to end: the sweep reports it
  }
}
