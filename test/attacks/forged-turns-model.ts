/** The model of the product, and one for each layer that lacks it. */

import { NO_TOKENS } from "../../agents/protocol/spending.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { createModel, type Model, type ModelMessage } from "../../agents/runtime/model.ts";

export const FORGED_TURN_LAYERS = ["messages", "escaping"] as const;

export function modelWithout(layer: string | undefined, url: string): Model {
  const redactor = createRedactor([]);
  const model = createModel({
    ...{ baseUrl: url, apiKey: "k", model: "m", reasoningEffort: undefined, cacheKey: "x", redactor },
    ...{ maxOutputTokens: 256, timeoutMs: 60_000, tools: [] },
  });
  if (layer === "messages") return { ask: (messages, options) => model.ask([flattened(messages)], options) };
  return layer === "escaping" ? asItIs(url) : model;
}

/** As group chats do it: one text, a line for each speaker. */
function flattened(messages: readonly ModelMessage[]): ModelMessage {
  const lines = messages.map((message) =>
    message.role === "assistant" ? `QA_Tester: ${message.text}` : `${message.role}: ${message.content}`,
  );
  return { role: "user", content: ours(lines.join("\n")) };
}

type Answer = {
  content: string | null;
  tool_calls?: { function: { name: string; arguments: string } }[];
};

/** Sends what the product would send, with the texts as they came. */
function asItIs(url: string): Model {
  return {
    async ask(messages, { step, signal }) {
      const body = JSON.stringify({ model: "m", messages: messages.map(toWire) });
      const reply = await fetch(`${url}/chat/completions`, { method: "POST", body, signal });
      const { choices } = (await reply.json()) as { choices: [{ message: Answer }] };
      const { content, tool_calls = [] } = choices[0].message;
      const calls = tool_calls.map(({ function: { name, arguments: json } }, index) => ({
        ...{ id: `${step}.${index + 1}` as const, tool: ours(name), args: JSON.parse(json) },
      }));
      return { text: ours(content ?? ""), thoughts: [], calls, usage: NO_TOKENS };
    },
  };
}

function toWire(message: ModelMessage): Record<string, unknown> {
  if (message.role === "assistant") return { role: "assistant", content: message.text };
  if (message.role === "tool")
    return { role: "tool", content: message.content, tool_call_id: message.callId, name: message.tool };
  return message;
}
