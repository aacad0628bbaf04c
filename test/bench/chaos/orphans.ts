/** Processes of tool calls, found in every sandbox: those that live on, and those to kill. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { turnIdOf } from "../../../agents/host/commands/call-id.ts";
import { CALL_MARK } from "../../../agents/host/commands/descendants.ts";
import { ROLE } from "./orders.ts";

/** What a run may take to end everything that it began. */
const GRACE_MS = 10_000;

type Suspect = { messageId: string; dueMs: number; report(processes: string[]): void };

export class OrphanWatch {
  readonly #suspects: Suspect[] = [];

  /** Look ten seconds from now for processes of this turn's calls. */
  suspect(messageId: string, report: Suspect["report"]): void {
    this.#suspects.push({ messageId, dueMs: performance.now() + GRACE_MS, report });
  }

  /** Look for those that are due; what is found is reported and ended. */
  look(): void {
    const due = this.#suspects.filter(({ dueMs }) => dueMs <= performance.now());
    this.#suspects.splice(0, due.length);
    for (const { messageId, report } of due) {
      const pids = processesOf(messageId);
      if (pids.length > 0)
        report(pids.map((pid) => `${pid} (${read(pid, "cmdline").replaceAll("\0", " ")})`));
      for (const pid of pids) end(pid);
    }
  }

  /** When the last run has ended: wait until all are due. */
  async finish(signal: AbortSignal): Promise<void> {
    for (; this.#suspects.length > 0; this.look()) await delay(500, undefined, { signal });
  }
}

/** End at once whatever a turn has started on this machine, as when its container dies; the nodes go on. */
export function killLocalCalls(messageId: string): void {
  const network = readlinkSync("/proc/self/ns/net");
  for (const pid of processesOf(messageId)) if (networkOf(pid) === network) end(pid);
}

/** Runners first, which have the call's id among their arguments, then what carries it as a mark. */
function processesOf(messageId: string): string[] {
  const call = turnIdOf(ROLE, messageId); // the ids of all calls of a turn begin so
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const runners = pids.filter((pid) => read(pid, "cmdline").includes(`/${call}`));
  const marked = pids.filter((pid) => `\0${read(pid, "environ")}`.includes(`\0${CALL_MARK}=${call}`));
  return [...new Set([...runners, ...marked])];
}

/** Empty for what has ended meanwhile, or is not ours. */
function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}

function networkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return ""; // it has ended
  }
}

function end(pid: string): void {
  try {
    process.kill(Number(pid), "SIGKILL");
  } catch {
    // it has just ended by itself
  }
}
