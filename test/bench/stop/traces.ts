/**
 * What is left of a turn on this machine, whose nodes are sandboxes here: processes whose command line or environment
 * has one of the turn's marks, and requests to the model that are still open.
 */
import { subscribe } from "node:diagnostics_channel";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Processes that carry one of the marks; a dead one that nobody has buried yet has no command line, and is none. */
export function findProcesses(marks: readonly string[]): number[] {
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid);
  return pids.filter((pid) => isMarked(pid, marks));
}

function isMarked(pid: number, marks: readonly string[]): boolean {
  const command = read(pid, "cmdline");
  if (command === "") return false;
  const text = `${command}${read(pid, "environ")}`;
  return marks.some((mark) => text.includes(mark));
}

/** How many processes are exactly `sleep <mark>`. */
export function countSleepers(mark: string): number {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d/.test(name))
    .map(Number);
  return pids.filter((pid) => /^(?:\S*\/)?sleep$/.test(words(pid)[0] ?? "") && words(pid)[1] === mark).length;
}

function words(pid: number): string[] {
  return read(pid, "cmdline").split("\0");
}

/** Empty when it has ended meanwhile, or belongs to somebody else. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

/**
 * Wait until nothing with one of the marks is left, in milliseconds from `since`. Those who were seen are watched one
 * by one, which is cheap; the whole machine is looked through when they have gone.
 */
export async function untilGone(
  marks: readonly string[],
  watched: readonly number[],
  options: {
    since: number;
    signal: AbortSignal;
  },
): Promise<number> {
  let left = [...watched];
  for (;;) {
    left = left.filter((pid) => isMarked(pid, marks));
    if (left.length === 0) left = findProcesses(marks);
    if (left.length === 0) return performance.now() - options.since;
    await sleep(2, undefined, { signal: options.signal });
  }
}

const openRequests = new Set<ServerResponse>();
subscribe("http.server.request.start", (event) => {
  const { request, response } = event as { request: IncomingMessage; response: ServerResponse };
  if (!request.url?.endsWith("/chat/completions")) return;
  openRequests.add(response);
  response.once("close", () => openRequests.delete(response));
});

/** Requests for a completion, to servers in this process, that have neither been answered nor given up. */
export function countOpenRequests(): number {
  return openRequests.size;
}
