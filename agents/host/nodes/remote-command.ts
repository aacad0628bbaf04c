/**
 * The shell text around a remote command: how it is started so that it can be found again, and how it is ended
 * with everything that it started. Pure text; needs bash, grep and awk on the node.
 */
import { randomBytes } from "node:crypto";
import { AppError } from "../../base/errors.ts";
import type { CallId } from "../commands/call-id.ts";
import { CALL_MARK } from "../commands/descendants.ts";

/** Two words that the node joins: what only repeats the line does not print them joined. */
export type Mark = readonly [string, string];

export function newMark(): Mark {
  return [`minilab-${randomBytes(8).toString("hex")}`, randomBytes(8).toString("hex")];
}

/**
 * What bash's ERR trap tells of a part that failed: exit codes and text, one line each, at most ten. A stage of a pipe
 * that ends because its reader has enough (141) has not failed. The main shell alone has the trap.
 */
const TRAP = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
  'minilab_part="$?:${PIPESTATUS[*]}:${BASH_COMMAND:0:1000}"', // first: it has the exit codes
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
  '[[ $minilab_part = 141:* ]] || (( (minilab_parts += 1) > 10 )) || printf "%s\\n" "${minilab_part//[[:cntrl:]]/ }" 2>/dev/null >"/proc/$PPID/fd/8" || :',
].join("; ");

/**
 * Says its process id, runs the command as its child, and says at the end which parts failed. These come through a pipe
 * that no process of the command inherits: one that goes on in the background holds nothing open by it. There this shell
 * also says that a signal ended the command; then it ends by the same.
 */
const START = `
exec 8<> <(:)
printf '%s%s pid %s %s%s' "$2" "$3" "$$" "$2" "$3" >&2
exec 9>&2 2>&8
bash --norc -o pipefail -c "$1" 2>&9 8<&- 9>&-
code=$?
while read -r -t 0 <&8 && IFS= read -r part <&8; do
  case $part in
    [0-9]*:*) printf '%s%s part %s %s%s' "$2" "$3" "$part" "$2" "$3" >&9 ;;
    *) kill -s $((code - 128)) $$ ;;
  esac
done
exit $code`;

/**
 * The line for the node's login shell. With `pipefail`, so that a failing stage of a pipe is not hidden; the login shell
 * has read its start-up files already. AppError `bad_arguments` for a NUL byte.
 */
export function launchLine(command: string, callId: CallId, mark: Mark): string {
  if (command.includes("\0")) throw new AppError("bad_arguments", "The command contains a NUL character.");
  const watched = `minilab_parts=0; trap ${quoted(TRAP)} ERR; ${command}`;
  return [
    ...["exec", "env", `${CALL_MARK}=${callId}`, "bash", "--norc", "-c", START, "bash"],
    ...[watched, ...mark],
  ]
    .map(quoted)
    .join(" ");
}

/**
 * Kills, until none is left, every process that carries the mark of the call or belongs to it by session,
 * process group or parent. Prints the joined mark when none is left. First all are held: no shell goes on with its next
 * command because the one at work was killed before it.
 */
export function killLine(callId: CallId, pid: number | undefined, mark: Mark): string {
  const script = `
tries=0
while [ $tries -lt 50 ]; do
  marked=$(grep -lsFxz '${CALL_MARK}=${callId}' /proc/[0-9]*/environ | tr -c '0-9' ' ')
  found=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v seeds="$marked ${pid ?? ""}" '${FAMILY_AWK}')
  [ -z "$marked$found" ] && printf '%s%s' "$1" "$2" && exit 0
  kill -STOP $marked $found 2>/dev/null
  kill -KILL $marked $found 2>/dev/null
  tries=$((tries + 1))
done
exit 1`;
  return ["exec", "sh", "-c", script, "sh", ...mark].map(quoted).join(" ");
}

/** Prints the joined mark, and `yes` or `no` after it: whether a process there carries the mark of the call. */
export function lookLine(callId: CallId, mark: Mark): string {
  const script = `
marked=$(grep -lsFxz '${CALL_MARK}=${callId}' /proc/[0-9]*/environ)
[ -n "$marked" ] && printf '%s%syes' "$1" "$2" || printf '%s%sno' "$1" "$2"`;
  return ["exec", "sh", "-c", script, "sh", ...mark].map(quoted).join(" ");
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
