/**
 * The brake inside a turn: a call that gives the same result again and again is told to the model, and then ends the
 * turn with the evidence. Pure: it knows calls and results, no meaning. What failed aloud is counted by escalation.ts.
 */
import { joinRedacted, type Redacted, redacted } from "../redact/redacted.ts";
import type { ToolResult } from "../tools/tool.ts";
import type { ToolCall } from "./events.ts";

/** Whoever waits for something looks a few times; the third remark in vain is one too many. */
const STOP_AT = 5;

export class RepeatedCalls {
  readonly #counts = new Map<string, number>();

  /**
   * How often this call has given this result since anything else was changed: by a call, not by the time of day. The
   * first call that changes something begins the count anew, a repetition of it does not.
   */
  count(call: ToolCall, result: ToolResult): number {
    const { kind, exitCode, stdout, stderr } = result;
    const key = JSON.stringify([call.tool, call.args, kind, exitCode, stdout, stderr]);
    const times = (this.#counts.get(key) ?? 0) + 1;
    if (times === 1 && call.effect !== "read" && kind !== "refused") this.#counts.clear();
    this.#counts.set(key, times);
    return times;
  }

  clear(): void {
    this.#counts.clear();
  }
}

/** Who saves a file twice waits for nothing: a small model that was told of waiting reported that it waits. */
const CAN_WAIT: ReadonlySet<string> = new Set(["run_ssh", "run_shell"]);

/** The result, with the remark where no output can imitate it. */
export function remarked({ tool }: ToolCall, result: ToolResult, times: number): ToolResult {
  if (times < 2) return result;
  const wait = CAN_WAIT.has(tool) ? redacted`; to wait for a change, wait inside the call (sleep)` : "";
  const remark = redacted`The same call gave the same result ${times} times; at ${STOP_AT} your turn ends. Do another step, or report what you have${wait}.`;
  if (result.way?.endsWith(remark)) return result; // out of a record
  return { ...result, way: joinRedacted([...(result.way ? [result.way] : []), remark], ". ") };
}

/** For the escalation: what is wrong with the call; undefined while nothing is. */
export function stuckText(times: number): Redacted | undefined {
  if (times < STOP_AT) return undefined;
  return redacted`has given the same result ${times} times in one turn, with nothing changed in between`;
}
