/** What is told of a message, a model call and a tool call in a span: the names of the conventions for generative AI. Pure. */
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { ModelEndpoint, Usage } from "../protocol/spending.ts";
import { fromRedactedParts, redacted, sliceRedacted } from "../redact/redacted.ts";
import type { ToolCall } from "./events.ts";
import type { Attributes } from "./otlp-exporter.ts";

export function ofTurn(role: Role, { model }: ModelEndpoint, message: Message): Attributes {
  return {
    "gen_ai.operation.name": redacted`invoke_agent`,
    "gen_ai.agent.name": redacted`${role}`,
    "gen_ai.conversation.id": fromRedactedParts(message.session),
    "gen_ai.request.model": model,
    "minilab.message.id": fromRedactedParts(message.id),
    "minilab.message.sender": redacted`${message.sender}`,
  };
}

export function ofModelCall({ model, server }: ModelEndpoint): Attributes {
  return {
    "gen_ai.operation.name": redacted`chat`,
    "gen_ai.provider.name": server === "api.openai.com" ? redacted`openai` : server,
    "gen_ai.request.model": model,
    "server.address": server,
  };
}

export function ofUsage({ prompt, cached, cacheWrite, completion, reasoning }: Usage): Attributes {
  return {
    "gen_ai.usage.input_tokens": prompt,
    "gen_ai.usage.cache_read.input_tokens": cached,
    "gen_ai.usage.cache_creation.input_tokens": cacheWrite,
    "gen_ai.usage.output_tokens": completion,
    "gen_ai.usage.reasoning.output_tokens": reasoning,
  };
}

export function ofToolCall({ id, tool }: ToolCall): Attributes {
  return {
    "gen_ai.operation.name": redacted`execute_tool`,
    "gen_ai.tool.name": sliceRedacted(tool, 0, 100),
    "gen_ai.tool.type": redacted`function`,
    "gen_ai.tool.call.id": fromRedactedParts(id),
  };
}
