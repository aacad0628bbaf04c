/** A reply of /v1/responses: its items by kind. Those that belong to calls are kept, to go back as they came. */
import { brokenExchange, refusalIn } from "./endpoint-error.ts";
import { objectOf, objectsIn } from "./json-shape.ts";
import { argumentsOf, bareName } from "./read-chat.ts";
import { OUTPUT_FIELD } from "./responses-input.ts";
import type { Ended, Fields, Said } from "./spoken.ts";
import { usageOf, writtenTokens } from "./usage.ts";

/** Throws an EndpointError when the reply failed. */
export function readResponses(body: Fields): Said {
  if (body["error"] || body["status"] === "failed" || body["status"] === "cancelled")
    throw refusalIn({
      status: 200,
      headers: {},
      text: JSON.stringify({ error: body["error"] ?? "the reply failed" }),
    });
  const items = objectsIn(body["output"]);
  if (items.length === 0 && body["status"] === "completed")
    throw brokenExchange("no_choice", "the server sent a reply without any output");
  const ofType = (type: string) => items.filter((item) => item["type"] === type);
  const parts = ofType("message").flatMap((item) => objectsIn(item["content"]));
  const words = (type: string) =>
    parts
      .filter((part) => part["type"] === type)
      .map((part) => String(part["text"] ?? part["refusal"] ?? ""));
  const refusal = words("refusal").join("");
  // without its encrypted content a server that keeps nothing does not know a thought again
  const kept = ofType("reasoning").filter((item) => typeof item["encrypted_content"] === "string");
  return {
    text: words("output_text").join(""),
    thoughts: ofType("reasoning").flatMap((item) => summaryOf(item) || []),
    calls: ofType("function_call").map((item) => ({
      name: bareName(item["name"]),
      ...argumentsOf(item["arguments"]),
      ...(typeof item["call_id"] === "string" && { serverId: item["call_id"] }),
    })),
    ended: endedBy(body),
    ...(refusal.trim() && { refusal }),
    ...(kept.length > 0 && { carry: { [OUTPUT_FIELD]: kept } }),
    usage: usageOf(body["usage"]),
    written: writtenTokens(body["usage"]),
  };
}

function summaryOf(item: Fields): string {
  const texts = [...objectsIn(item["summary"]), ...objectsIn(item["content"])].map((part) => part["text"]);
  return texts.filter((text) => typeof text === "string").join("\n");
}

function endedBy(body: Fields): Ended {
  if (body["status"] !== "incomplete") return "whole";
  const reason = objectOf(body["incomplete_details"])?.["reason"];
  return reason === "content_filter" ? "filtered" : "cut";
}
