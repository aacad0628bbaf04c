/**
 * The processes of one call, found by what they cannot lose by accident: a mark in their environment, the
 * session of their leader, or a parent that is one of them. Linux only: it reads /proc.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../base/errors.ts";

/** The variable that marks a process and whatever it starts. */
export const CALL_MARK = "MINILAB_CALL";

const SWEEP_PAUSE_MS = 5;
const SWEEP_LIMIT_MS = 5_000;

export type CallProcesses = {
  callId: string;
  /** The first process of the call, a session leader. */
  leader: number;
};

type ProcessRow = { pid: number; parent: number; session: number; isMarked: boolean };

/** Send a signal to the processes that carry the mark; a sandbox's own processes do not. */
export function signalMarked(call: CallProcesses, name: NodeJS.Signals): void {
  for (const row of listProcesses(call.callId)) if (row.isMarked) sendSignal(row.pid, name);
}

/**
 * Kill until none is left. Rejects with `unavailable` when some survive SIGKILL for five seconds (a device
 * that does not answer).
 */
export async function killAll(call: CallProcesses): Promise<void> {
  const deadline = performance.now() + SWEEP_LIMIT_MS;
  sendSignal(-call.leader, "SIGKILL");
  for (let left = pidsOf(call); left.length > 0; left = pidsOf(call)) {
    if (performance.now() > deadline) {
      throw new AppError("unavailable", `Processes ${left.join(", ")} of this call cannot be killed.`);
    }
    for (const pid of left) sendSignal(pid, "SIGKILL");
    await delay(SWEEP_PAUSE_MS);
  }
}

/** All live processes of the call. Children come after their parents are found, whatever their numbers are. */
export function pidsOf(call: CallProcesses): number[] {
  const rows = listProcesses(call.callId);
  const found = new Set<number>();
  const belongs = (row: ProcessRow) => row.isMarked || row.session === call.leader || found.has(row.parent);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const row of rows) if (belongs(row)) found.add(row.pid);
  }
  return rows.map((row) => row.pid).filter((pid) => found.has(pid));
}

function listProcesses(callId: string): ProcessRow[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => readProcess(Number(pid), callId) ?? []);
}

/** undefined for a process that is gone or only waits to be collected. */
function readProcess(pid: number, callId: string): ProcessRow | undefined {
  const stat = readProc(pid, "stat");
  const [state, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (stat === "" || state === "Z" || state === "X") return undefined;
  const isMarked = `\0${readProc(pid, "environ")}`.includes(`\0${CALL_MARK}=${callId}\0`);
  return { pid, parent: Number(parent), session: Number(session), isMarked };
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return ""; // it ended, or it belongs to someone else
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error; // gone; or not ours to end: the sweep reports it
  }
}
