/**
 * What a refusal teaches about a server: the same is asked again without what it objects to, and it is remembered.
 * Each rule changes one thing once, so this ends. What the operator has set is kept as long as anything else can go.
 */
import type { Dialect } from "./dialect.ts";
import type { EndpointError, Failure } from "./endpoint-error.ts";
import type { Effort } from "./exchange.ts";
import { fateOf } from "./fate.ts";

/** What was asked, as far as a refusal can be about it. */
export type Asked = {
  /** Names of what was sent besides the conversation, fields of messages included. */
  parameters: ReadonlySet<string>;
  /** Estimated. */
  promptTokens: number;
  hadCalls: boolean;
  setEffort: Effort | undefined;
};

export type Adapted = { dialect: Dialect; change: string };

type Rule = (dialect: Dialect, objection: Objection, asked: Asked) => Adapted | undefined;
type Objection = Failure & { said: string; wordSet: ReadonlySet<string> };

const OBJECTING = new Set([400, 404, 405, 415, 422, 501]);
const BAD_VALUE =
  /unsupported.?value|invalid.?value|invalid_enum|not one of|must be one of|supported values|expected one of|valid values/i;
const SMALLEST_OUTPUT = 256;

/** What may be left out of a request, and of the messages in it; the rest is the request itself. */
const OPTIONAL = [
  ...["prompt_cache_key", "reasoning_effort", "reasoning", "include", "store", "strict"],
  ...["reasoning_content", "reasoning_details", "extra_content", "thinking_blocks"],
];

/** What to ask instead, and the change in words; undefined when no change would help. */
export function adapt(dialect: Dialect, { failure }: EndpointError, asked: Asked): Adapted | undefined {
  const fate = fateOf(failure);
  if (fate === "overflow") return withLessOutput(dialect, failure, asked);
  const isAboutApi = dialect.api === "responses" && failure.isHtml;
  if (fate !== "refused" || !(OBJECTING.has(failure.status ?? 0) || isAboutApi)) return undefined;
  const said = `${failure.names.join(" ")} ${failure.code ?? ""} ${failure.words}`;
  const objection = { ...failure, said, wordSet: new Set(said.split(/\W+/)) };
  if (isOperatorsValue(dialect, objection, asked)) return undefined;
  for (const rule of RULES) {
    const adapted = rule(dialect, objection, asked);
    if (adapted) return adapted;
  }
  return undefined;
}

/** What he has set is his to change; the words of the server say to which value. */
function isOperatorsValue(dialect: Dialect, objection: Objection, { setEffort }: Asked): boolean {
  const isAboutEffort = ["reasoning_effort", "effort"].some((name) => mentions(objection, name));
  return (
    isAboutEffort && setEffort !== undefined && dialect.effort === setEffort && BAD_VALUE.test(objection.said)
  );
}

/** Of vLLM: prompt and output together are too much for the context that it names. */
function withLessOutput(dialect: Dialect, { words }: Failure, { promptTokens }: Asked): Adapted | undefined {
  const context = Number(/context[ a-z_]{0,30}(?:is|of|:|=)? ?(\d{3,7})/i.exec(words)?.[1]);
  const hasRoom = context > promptTokens + 2 * SMALLEST_OUTPUT;
  const isOutput = promptTokens + dialect.maxOutputTokens > context;
  if (context === dialect.contextTokens || !hasRoom || !isOutput) return undefined;
  return { dialect: { ...dialect, contextTokens: context }, change: "with a shorter reply allowed" };
}

/** Tools with reasoning by /v1/responses alone (OpenAI); and back, where there is no such path. */
const byOtherApi: Rule = (dialect, { status, said, isHtml, wordSet }) => {
  const isMissing = isHtml || status === 404 || status === 405 || status === 501;
  if (dialect.api === "responses" && dialect.mayChangeApi && (isMissing || wordSet.has("reasoning_effort")))
    return { dialect: { ...dialect, api: "chat", mayChangeApi: false }, change: "by chat/completions" };
  const isMeant =
    /\bresponses\b/.test(said) || (wordSet.has("reasoning_effort") && /\btools?\b|\bfunction/i.test(said));
  if (dialect.api === "chat" && dialect.mayChangeApi && isMeant && !isMissing)
    return { dialect: { ...dialect, api: "responses" }, change: "by /v1/responses" };
  return undefined;
};

const withoutEffort: Rule = (dialect, objection, { parameters }) => {
  if (dialect.api !== "chat" || !mentions(objection, "reasoning_effort")) return undefined;
  const isUnknown = /unsupported.?param|unknown|unrecognized|extra|permitted|unexpected/i.test(
    objection.said,
  );
  if (dialect.effort !== "none" && !isUnknown && !dialect.leaveOut.has("reasoning_effort"))
    return { dialect: { ...dialect, effort: "none" }, change: "with reasoning_effort none" };
  return parameters.has("reasoning_effort") ? leavingOut(dialect, "reasoning_effort") : undefined;
};

const withOtherLimit: Rule = (dialect, objection, { parameters }) => {
  const limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
  const sent = limits.find((limit) => parameters.has(limit));
  if (!sent || !limits.some((limit) => mentions(objection, limit))) return undefined;
  const other = sent === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  if (sent === "max_output_tokens" || dialect.leaveOut.has(other))
    return smallerLimit(dialect, objection, sent);
  const isAboutSize = numbersBelow(objection.words, dialect.maxOutputTokens).length > 0;
  if (isAboutSize && !objection.wordSet.has(other)) return smallerLimit(dialect, objection, sent);
  const leaveOut = new Set([...dialect.leaveOut, sent]);
  return { dialect: { ...dialect, tokenLimit: other, leaveOut }, change: `with ${other}` };
};

/** The largest that the server names; without a number none at all. */
function smallerLimit(dialect: Dialect, { words }: Objection, sent: string): Adapted | undefined {
  const most = Math.max(...numbersBelow(words, dialect.maxOutputTokens));
  if (most < SMALLEST_OUTPUT) return dialect.leaveOut.has(sent) ? undefined : leavingOut(dialect, sent);
  return { dialect: { ...dialect, maxOutputTokens: most }, change: `with at most ${most} tokens of reply` };
}

function numbersBelow(words: string, limit: number): number[] {
  const found = [...words.matchAll(/\b\d{3,7}\b/g)].map(([digits]) => Number(digits));
  return found.filter((number) => number < limit && number >= SMALLEST_OUTPUT);
}

const withoutParameter: Rule = (dialect, objection, { parameters }) => {
  const isSent = (name: string) => parameters.has(name) && !dialect.leaveOut.has(name);
  const isMissed = /missing|required|must (?!not)/i.test(objection.words);
  const name = OPTIONAL.find((one) => isSent(one) && mentions(objection, one) && !isMissed);
  if (name) return leavingOut(dialect, name);
  const isOfTool = objection.names.includes("name") || /['"`]name['"`]|\.name\b/.test(objection.words);
  return isOfTool && isSent("name") ? leavingOut(dialect, "name") : undefined;
};

const withReasoning: Rule = (dialect, objection) =>
  mentions(objection, "reasoning_content") && !dialect.fillReasoning
    ? { dialect: { ...dialect, fillReasoning: true }, change: "with reasoning_content" }
    : undefined;

const withOtherIds: Rule = (dialect, { said }, { hadCalls }) =>
  hadCalls && dialect.ids === "short" && /call_id|\bids?\b/i.test(said) && !/\brequest.?id\b/i.test(said)
    ? { dialect: { ...dialect, ids: "own" }, change: "with the server's own ids of calls" }
    : undefined;

/** Templates of Gemma and others know no system message. */
const withSystemInUser: Rule = (dialect, { said }) =>
  dialect.system === "message" && /\bsystem\b/i.test(said) && /role|message|instruction|support/i.test(said)
    ? { dialect: { ...dialect, system: "user" }, change: "with the instructions in a user's message" }
    : undefined;

const withoutContent: Rule = (dialect, { said }) =>
  dialect.emptyContent === "string" && /content/i.test(said) && /empty|null|blank|non-?whitespace/i.test(said)
    ? { dialect: { ...dialect, emptyContent: "absent" }, change: "without empty content" }
    : undefined;

const withBareSchemas: Rule = (dialect, { said }) =>
  dialect.schemas === "plain" &&
  /grammar|schema|additionalProperties|function_declarations|tools\[|tools\.\d/i.test(said)
    ? { dialect: { ...dialect, schemas: "bare" }, change: "with the barest schemas" }
    : undefined;

const RULES: readonly Rule[] = [
  ...[byOtherApi, withoutEffort, withOtherLimit, withoutParameter, withReasoning, withOtherIds],
  ...[withSystemInUser, withoutContent, withBareSchemas],
];

function mentions({ names, wordSet }: Objection, parameter: string): boolean {
  return names.includes(parameter) || wordSet.has(parameter);
}

function leavingOut(dialect: Dialect, name: string): Adapted {
  const leaveOut = new Set([...dialect.leaveOut, name]);
  return { dialect: { ...dialect, leaveOut }, change: `without ${name}` };
}
