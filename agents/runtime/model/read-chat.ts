/** A reply of chat/completions, in whatever way a server writes it. What it wants back with the calls is kept. */
import { parseJson } from "../../protocol/message.ts";
import { brokenExchange, refusalIn } from "./endpoint-error.ts";
import { listOf, objectOf, objectsIn } from "./json-shape.ts";
import type { Ended, Fields, Said, SaidCall } from "./spoken.ts";
import { usageOf, writtenTokens } from "./usage.ts";

/** Of a message: what has to stand in it when it goes back. Thoughts under other names are for people. */
const CARRIED = ["reasoning_content", "reasoning_details", "extra_content", "thinking_blocks"];
/** Of a call: what is known of every call. */
const KNOWN_OF_CALL = new Set(["id", "type", "index", "function", "custom", "name", "arguments", "input"]);

const CUT =
  /^(?:length|max_?(?:output_?|new_?|completion_?)?tokens|model_length|max_length|incomplete|(?:model_)?context_(?:window|length)\w{0,20})$/i;
const FILTERED =
  /^(?:content_?filter(?:ed)?|safety|recitation|prohibited_content|sensitive|blocklist|refusal|spii|guardrail\w*|moderation)$/i;
const FAILED =
  /^(?:error|network_error|insufficient_system_resource|abort(?:ed)?|cancelled|timeout|overloaded)$/i;

/** Throws an EndpointError for a body that is no reply, and for one that failed on the way. */
export function readChat(body: Fields): Said {
  const choice = objectsIn(body["choices"])[0] ?? throwNoChoice();
  if (choice["error"])
    throw refusalIn({ status: 200, headers: {}, text: JSON.stringify({ error: choice["error"] }) });
  const message = objectOf(choice["message"] ?? choice["delta"]) ?? { content: choice["text"] };
  const reasons = [choice["finish_reason"], choice["native_finish_reason"]].filter(
    (one) => typeof one === "string",
  );
  const failed = reasons.find((reason) => FAILED.test(reason));
  if (failed) throw brokenExchange("failed_reply", `the reply ended with ${failed}`);
  const { text, thoughts } = readContent(message["content"]);
  const calls = readCalls(message);
  const refusal = message["refusal"];
  const carry = pick(message, CARRIED);
  return {
    text,
    thoughts: [...thoughtsOf(message), ...thoughts],
    calls,
    ended: endedBy(reasons),
    ...(typeof refusal === "string" && refusal.trim() && { refusal }),
    ...(carry && { carry }),
    usage: usageOf(body["usage"]),
    written: writtenTokens(body["usage"]),
  };
}

function throwNoChoice(): never {
  throw brokenExchange("no_choice", "the server sent no choice: a reply without anything in it");
}

/** What has another name has ended well: the calls and the text decide. */
function endedBy(reasons: readonly string[]): Ended {
  if (reasons.some((reason) => CUT.test(reason))) return "cut";
  if (reasons.some((reason) => FILTERED.test(reason))) return "filtered";
  return reasons.some((reason) => /malformed/i.test(reason)) ? "malformed" : "whole";
}

/** A string, or parts: those that are thoughts have a type that says so. */
function readContent(content: unknown): { text: string; thoughts: string[] } {
  if (typeof content === "string") return { text: content, thoughts: [] };
  const parts = listOf(content).map((part): Fields => objectOf(part) ?? { type: "text", text: part });
  const isThought = ({ type }: Fields) => /think|reason|thought/i.test(String(type));
  return {
    text: parts
      .filter((part) => !isThought(part))
      .map((part) => wordsOf(part["text"]))
      .join(""),
    thoughts: parts.filter(isThought).flatMap((part) => wordsOf(part["thinking"] ?? part["text"]) || []),
  };
}

/** The same thought under two names is one. */
function thoughtsOf(message: Fields): string[] {
  const { reasoning_content, reasoning, thinking, reasoning_details } = message;
  const details = objectsIn(reasoning_details).map((one) => wordsOf(one["text"] ?? one["summary"]));
  const all = [reasoning_content, reasoning, thinking].map(wordsOf).concat(details.join(""));
  return [...new Set(all.map((one) => one.trim()).filter(Boolean))];
}

function wordsOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((one) => wordsOf(objectOf(one)?.["text"] ?? one)).join("");
  return wordsOf(objectOf(value)?.["text"] ?? "");
}

/** A list, a single one, or the form that was before tools. */
function readCalls(message: Fields): SaidCall[] {
  const { tool_calls: calls, function_call: old } = message;
  const list = Array.isArray(calls) ? calls : [calls].filter(Boolean);
  const all = list.length > 0 ? list : [old].filter(Boolean).map((one) => ({ function: one }));
  return objectsIn(all).map(readCall);
}

function readCall(call: Fields): SaidCall {
  const called = objectOf(call["function"] ?? call["custom"]) ?? call;
  const { id } = call;
  const carried = Object.keys(call).filter((key) => !KNOWN_OF_CALL.has(key));
  const carry = pick(call, carried);
  return {
    name: bareName(called["name"]),
    ...argumentsOf(called["arguments"] ?? called["input"] ?? called["parameters"]),
    ...(typeof id === "string" && id && { serverId: id.slice(0, 200) }),
    ...(carry && { carry }),
  };
}

/** What follows a control token is not part of the name; nor is the namespace that some models put before it. */
export function bareName(name: unknown): string {
  const text = typeof name === "string" ? name : "";
  const end = text.search(/<[|\uff5c]/);
  return (end < 0 ? text : text.slice(0, end)).trim().replace(/^(?:functions|tools|default_api)[.:/]/, "");
}

/** A string of JSON, its value, or such a string once more as one; nothing is no arguments. */
export function argumentsOf(given: unknown): { args: unknown; problem?: string } {
  const parsed = typeof given === "string" ? (given.trim() ? parseJson(given) : {}) : (given ?? {});
  const value = typeof parsed === "string" && parsed.trim().startsWith("{") ? parseJson(parsed) : parsed;
  if (objectOf(value)) return { args: value };
  return value === null
    ? { args: {} }
    : { args: {}, problem: "the arguments are not valid JSON, or no object: nothing was run" };
}

function pick(from: Fields, names: readonly string[]): Fields | undefined {
  const kept = names.filter((name) => from[name] !== undefined && from[name] !== null);
  return kept.length > 0 ? Object.fromEntries(kept.map((name) => [name, from[name]])) : undefined;
}
