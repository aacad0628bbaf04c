/**
 * The conversation as the input of /v1/responses, which keeps nothing of it: what the server said with calls goes back
 * as it came, its encrypted thoughts included.
 */
import { callIds } from "./chat-messages.ts";
import type { Fields, Spoken } from "./spoken.ts";

/** Items of a reply that the server wants back. */
export const OUTPUT_FIELD = "output";

export function responsesInput(spoken: readonly Spoken[]): Fields[] {
  const ids = callIds(spoken, { ids: "own", api: "responses" });
  return spoken.flatMap((one): Fields[] => {
    if (one.role === "tool")
      return [{ type: "function_call_output", call_id: ids.get(one.id) ?? one.id, output: one.content }];
    if (one.role !== "assistant") return [{ role: one.role, content: one.content }];
    const said = one.content.trim() ? [{ role: "assistant", content: one.content }] : [];
    const calls = one.calls.map((call) => ({
      ...{ type: "function_call", call_id: ids.get(call.id) ?? call.id, name: call.name },
      arguments: call.args,
    }));
    return [...thoughtsOf(one), ...said, ...calls];
  });
}

function thoughtsOf({ carry }: Spoken & { role: "assistant" }): Fields[] {
  const output = carry?.[OUTPUT_FIELD];
  return Array.isArray(output) ? output : [];
}
