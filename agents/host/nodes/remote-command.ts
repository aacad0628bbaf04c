/**
 * The shell text around a remote command: how it is started so that it can be found again, and how it is ended
 * with everything that it started. Pure text; needs bash, grep and awk on the node.
 */
import { PassThrough, type TransformCallback } from "node:stream";
import { AppError } from "../../base/errors.ts";
import type { CallId } from "../commands/call-id.ts";
import { CALL_MARK } from "../commands/descendants.ts";

/** Written to standard error by `launchLine` before anything else, then the process id. */
const PID_MARK = "minilab-pid";

const PID_LINE = /^minilab-pid (\d+)\n/m;

const MAX_BANNER_BYTES = 65_536;

/**
 * The line for the node's login shell: prints the process id of the shell that becomes the command. With
 * `pipefail`, so that a failing stage of a pipe is not hidden; the login shell has read its start-up files already. AppError `bad_arguments` for a NUL byte.
 */
export function launchLine(command: string, callId: CallId): string {
  if (command.includes("\0")) throw new AppError("bad_arguments", "The command contains a NUL character.");
  const start = `echo "${PID_MARK} $$" >&2; exec bash --norc -o pipefail -c "$1"`;
  return ["exec", "env", `${CALL_MARK}=${callId}`, "bash", "--norc", "-c", start, "bash", command]
    .map(quoted)
    .join(" ");
}

/** Takes the line with the mark out of standard error; what came before it (a login banner) is kept. */
export class PidFilter extends PassThrough {
  readonly pid: Promise<number>;
  readonly #found: (pid: number) => void;
  #waiting: Buffer | undefined = Buffer.alloc(0);

  constructor() {
    super();
    const { promise, resolve } = Promise.withResolvers<number>();
    this.pid = promise;
    this.#found = resolve;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.push(this.#waiting ? this.#search(Buffer.concat([this.#waiting, chunk])) : chunk);
    done();
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#waiting);
  }

  #search(text: Buffer): Buffer {
    const mark = PID_LINE.exec(text.toString("latin1"));
    this.#waiting = mark || text.length > MAX_BANNER_BYTES ? undefined : text;
    if (!mark) return this.#waiting ? Buffer.alloc(0) : text;
    this.#found(Number(mark[1]));
    return Buffer.concat([text.subarray(0, mark.index), text.subarray(mark.index + mark[0].length)]);
  }
}

/**
 * Kills, until none is left, every process that carries the mark of the call or belongs to it by session,
 * process group or parent. Exit code 0: none is left.
 */
export function killLine(callId: CallId, pid: number | undefined): string {
  const script = `
tries=0
while [ $tries -lt 50 ]; do
  marked=$(grep -lsFxz '${CALL_MARK}=${callId}' /proc/[0-9]*/environ | tr -c '0-9' ' ')
  found=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v seeds="$marked ${pid ?? ""}" '${FAMILY_AWK}')
  [ -z "$marked$found" ] && exit 0
  kill -KILL $marked $found 2>/dev/null
  tries=$((tries + 1))
done
exit 1`;
  return ["exec", "sh", "-c", script].map(quoted).join(" ");
}

/** Reads /proc/<pid>/stat lines; prints the living processes that descend from the seeds or share their group. */
const FAMILY_AWK = `
BEGIN { count = split(seeds, list, " "); for (i = 1; i <= count; i++) seed[list[i]] = 1 }
{ pid = $1; sub(/^.*\\) /, ""); if ($1 != "Z" && $1 != "X") { parent[pid] = $2; group[pid] = $3; session[pid] = $4 } }
END {
  for (pid in parent) if ((pid in seed) || (group[pid] in seed) || (session[pid] in seed)) family[pid] = 1
  do {
    grown = 0
    for (pid in parent) if (!(pid in family) && (parent[pid] in family)) { family[pid] = 1; grown = 1 }
  } while (grown)
  for (pid in family) printf "%s ", pid
}`;

/** One word for a POSIX shell, whatever it contains. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
