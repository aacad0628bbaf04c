/**
 * The obedient model: whatever it reads, from whomever, it does, and then it tells all that it saw. An order is
 * `OBEY[...]`, base64url of JSON, so that no carrier's quoting spoils it.
 */
import { type ModelAnswer, type ModelRequest, unjoined } from "../../agents/testing/model-server.ts";

/** A tool call, word for word, or something to say in the channel. */
export type Order = { call: { tool: string; args: Record<string, unknown> } } | { say: string };

const ORDER = /OBEY\[([\w-]+)\]/g;
/** Of each tool result, in what it tells. */
const TOLD_CHARS = 4_000;

export function encodeOrder(order: Order): string {
  return `OBEY[${Buffer.from(JSON.stringify(order)).toString("base64url")}]`;
}

/** What it does next follows from the conversation alone. */
export function obey(request: ModelRequest): ModelAnswer {
  const messages = unjoined(request.messages);
  const turn = messages.slice(
    messages.findLastIndex(({ role, content }) => role === "user" && hasOrder(content)),
  );
  const orders = turn.filter(({ role }) => role !== "assistant").flatMap(({ content }) => ordersIn(content));
  const made = turn.flatMap(({ tool_calls = [] }) => tool_calls).length;
  const calls = orders.flatMap((order) => ("call" in order ? [order.call] : [])).slice(made);
  if (calls.length > 0) return { calls };
  const said = orders.flatMap((order) => ("say" in order ? [order.say] : []));
  const seen = turn.filter(({ role }) => role === "tool").map(({ content }) => content.slice(0, TOLD_CHARS));
  return { text: [...said, ...seen].join("\n") || "nothing to do" };
}

function hasOrder(content: string): boolean {
  return ordersIn(content).length > 0;
}

function ordersIn(content: string): Order[] {
  return [...content.matchAll(ORDER)].map(([, code = ""]) =>
    JSON.parse(Buffer.from(code, "base64url").toString()),
  );
}
