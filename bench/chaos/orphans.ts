/** Processes of tool calls that live on when nobody waits for them: by the mark in their environment, in every sandbox. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { CALL_MARK } from "../../agents/host/descendants.ts";

/** What a run may take to end everything that it began. */
const GRACE_MS = 10_000;

type Suspect = { messageId: string; dueMs: number; report(pids: number[]): void };

export class OrphanWatch {
  readonly #suspects: Suspect[] = [];

  /** Look ten seconds from now for processes of this turn's calls. */
  suspect(messageId: string, report: (pids: number[]) => void): void {
    this.#suspects.push({ messageId, dueMs: performance.now() + GRACE_MS, report });
  }

  /** Look for those that are due; what is found is reported and ended. */
  look(): void {
    const due = this.#suspects.filter(({ dueMs }) => dueMs <= performance.now());
    if (due.length === 0) return;
    this.#suspects.splice(0, due.length);
    const marked = markedProcesses();
    for (const { messageId, report } of due) {
      const pids = marked.filter(({ mark }) => messageId.startsWith(mark.slice(0, 13))).map(({ pid }) => pid);
      if (pids.length === 0) continue;
      report(pids);
      for (const pid of pids) end(pid);
    }
  }

  /** When the last run has ended: wait until all are due. */
  async finish(signal: AbortSignal): Promise<void> {
    for (; this.#suspects.length > 0; this.look()) await delay(500, undefined, { signal });
  }
}

function markedProcesses(): { pid: number; mark: string }[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const mark = new RegExp(`(?:^|\\0)${CALL_MARK}=([^\\0]+)`).exec(environmentOf(pid))?.[1];
    return mark ? [{ pid: Number(pid), mark }] : [];
  });
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return ""; // it has ended, or is not ours
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has just ended by itself
  }
}
