/** From all of an answer to the body of a reply: out of an envelope, out of a stream that nobody asked for. */
import { parseJson } from "../../protocol/message.ts";
import { brokenExchange, looksLikeHtml, refusalIn } from "./endpoint-error.ts";
import { objectOf, objectsIn } from "./json-shape.ts";
import type { Answer } from "./post.ts";
import type { Fields } from "./spoken.ts";

const ENVELOPES = ["data", "result", "response", "body"];

/** Throws an EndpointError for an error, whatever its status, and for what is no reply. */
export function readAnswer(answer: Answer): Fields {
  if (answer.status >= 300) throw refusalIn(answer);
  const text = answer.text.trim();
  if (looksLikeHtml(text)) throw refusalIn({ ...answer, text });
  const value = /^(?:data|event|id|:)/.test(text) ? fromStream(text) : parseJson(text);
  if (value === undefined)
    throw brokenExchange("not_json", `the answer is no JSON: ${text.slice(0, 100) || "it is empty"}`);
  const body = objectOf(Array.isArray(value) ? value[0] : value) ?? {};
  if (isReply(body)) return body;
  const inner = ENVELOPES.map((name) => objectOf(body[name])).find((one) => one && isReply(one));
  if (inner) return inner;
  throw refusalIn({ ...answer, text });
}

function isReply(body: Fields): boolean {
  const hasError = body["error"] !== undefined && body["error"] !== null && body["object"] !== "response";
  return (
    !hasError &&
    (Array.isArray(body["choices"]) || Array.isArray(body["output"]) || body["object"] === "response")
  );
}

/** Server-sent events, put together; `undefined` when they do not come to an end. */
function fromStream(text: string): unknown {
  const data = text.split("\n").flatMap((line) => (line.startsWith("data:") ? [line.slice(5).trim()] : []));
  const chunks = data.filter((one) => one !== "[DONE]").map((one) => objectOf(parseJson(one)));
  const failed = chunks.find((chunk) => chunk?.["error"]);
  if (failed) return failed;
  const choices = chunks.flatMap((chunk) => objectsIn(chunk?.["choices"]).slice(0, 1));
  const reason = choices.map((choice) => choice["finish_reason"]).findLast((one) => typeof one === "string");
  if (reason === undefined) return undefined;
  const message: Record<string, unknown> = { role: "assistant" };
  for (const choice of choices) addDelta(message, objectOf(choice["delta"] ?? choice["message"]) ?? {});
  const usage = chunks.findLast((chunk) => chunk?.["usage"])?.["usage"];
  return { choices: [{ message, finish_reason: reason }], usage };
}

function addDelta(message: Record<string, unknown>, delta: Fields): void {
  for (const [key, value] of Object.entries(delta)) {
    if (key === "role" || value === null) continue;
    if (key === "tool_calls") message[key] = withDeltas(objectsIn(message[key]), objectsIn(value));
    else message[key] = typeof value === "string" ? `${message[key] ?? ""}${value}` : value;
  }
}

/** Calls by their index: the name once, the arguments in pieces. */
function withDeltas(calls: readonly Fields[], deltas: readonly Fields[]): Fields[] {
  const all = [...calls];
  for (const delta of deltas) {
    const index = Math.min(Number(delta["index"] ?? all.length), all.length);
    const known = objectOf(all[index]?.["function"]);
    const added = objectOf(delta["function"]) ?? {};
    const args = `${known?.["arguments"] ?? ""}${added["arguments"] ?? ""}`;
    const called = { name: added["name"] || known?.["name"], arguments: args };
    all[index] = { ...all[index], ...delta, id: delta["id"] || all[index]?.["id"], function: called };
  }
  return all;
}
