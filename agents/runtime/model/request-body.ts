/** The body of one request, in the dialect of the server. */
import type { Asked } from "./adapt.ts";
import { chatMessages } from "./chat-messages.ts";
import type { Dialect } from "./dialect.ts";
import { responsesInput } from "./responses-input.ts";
import type { Fields, Spoken } from "./spoken.ts";

/** As bindTools makes it. */
export type BoundTool = {
  type: "function";
  function: { name: string; description: string; parameters: Fields };
};

export type Conversation = {
  model: string;
  cacheKey: string;
  spoken: readonly Spoken[];
  tools: readonly BoundTool[];
};

export type Request = {
  path: string;
  body: string;
  asked: Omit<Asked, "setEffort">;
  maxOutputTokens: number;
};

const CHARS_A_TOKEN = 4;
/** Of a prompt that is estimated: what it may be longer. */
const MARGIN = 1.25;
const SMALLEST_OUTPUT = 64;

export function requestOf(conversation: Conversation, dialect: Dialect): Request {
  const said =
    dialect.api === "chat" ? chatBody(conversation, dialect) : responsesBody(conversation, dialect);
  const prompt = JSON.stringify(said);
  const promptTokens = Math.ceil(prompt.length / CHARS_A_TOKEN);
  const limit = outputLimit(dialect, promptTokens);
  const parameters = parametersOf(conversation, dialect, limit);
  const rest = JSON.stringify(parameters);
  const fields = dialect.leaveOut.has("name") ? [] : ["name"];
  const carried = carriedFields(conversation.spoken);
  return {
    path: dialect.api === "chat" ? "/chat/completions" : "/responses",
    body: rest === "{}" ? prompt : `${prompt.slice(0, -1)},${rest.slice(1)}`,
    asked: {
      parameters: new Set([...Object.keys(parameters), ...fields, ...carried]),
      promptTokens,
      hadCalls: conversation.spoken.some((one) => one.role === "tool"),
    },
    maxOutputTokens: limit,
  };
}

function outputLimit({ maxOutputTokens, contextTokens }: Dialect, promptTokens: number): number {
  if (contextTokens === undefined) return maxOutputTokens;
  const left = contextTokens - Math.ceil(promptTokens * MARGIN) - SMALLEST_OUTPUT;
  return Math.max(SMALLEST_OUTPUT, Math.min(maxOutputTokens, left));
}

/** The prompt first, and the same from step to step: what a server has kept begins with it. */
function chatBody({ model, spoken, tools }: Conversation, dialect: Dialect): Fields {
  const offered = tools.map((tool) => ({
    type: "function",
    function: { ...tool.function, parameters: schemaFor(tool, dialect) },
  }));
  return {
    model,
    messages: chatMessages(spoken, dialect),
    ...(offered.length > 0 && { tools: offered }),
  };
}

function responsesBody({ model, spoken, tools }: Conversation, dialect: Dialect): Fields {
  const strict = dialect.leaveOut.has("strict") ? {} : { strict: false };
  const offered = tools.map((tool) => ({
    type: "function",
    ...tool.function,
    ...strict,
    parameters: schemaFor(tool, dialect),
  }));
  return { model, input: responsesInput(spoken), ...(offered.length > 0 && { tools: offered }) };
}

function parametersOf({ cacheKey }: Conversation, dialect: Dialect, limit: number): Fields {
  const { api, effort, tokenLimit } = dialect;
  const all: Fields =
    api === "chat"
      ? { [tokenLimit]: limit, reasoning_effort: effort, prompt_cache_key: cacheKey }
      : {
          ...{ max_output_tokens: limit, reasoning: effort && { effort }, prompt_cache_key: cacheKey },
          ...{ store: false, include: ["reasoning.encrypted_content"] },
        };
  const sent = Object.entries(all).filter(
    ([name, value]) => value !== undefined && !dialect.leaveOut.has(name),
  );
  return Object.fromEntries(sent);
}

function schemaFor({ function: { parameters } }: BoundTool, { schemas }: Dialect): Fields {
  return schemas === "plain" ? parameters : bare(parameters);
}

/** Type, properties and what is required. */
function bare(schema: Fields): Fields {
  const { type, description, required, properties, items } = schema;
  const inner = Object.entries((properties ?? {}) as Record<string, Fields>);
  return {
    ...(type !== undefined && { type }),
    ...(description !== undefined && { description }),
    ...(Array.isArray(schema["enum"]) && { enum: schema["enum"] }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(inner.map(([name, one]) => [name, bare(one)])),
    }),
    ...(required !== undefined && { required }),
    ...(items !== undefined && { items: bare(items as Fields) }),
  };
}

function carriedFields(spoken: readonly Spoken[]): string[] {
  const fields = new Set<string>();
  for (const one of spoken) {
    if (one.role !== "assistant") continue;
    for (const field of Object.keys(one.carry ?? {})) fields.add(field);
    for (const { carry } of one.calls) for (const field of Object.keys(carry ?? {})) fields.add(field);
  }
  return [...fields];
}
