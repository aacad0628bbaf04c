/**
 * What a mission asks of a model, asked before one: with the prompts and the tools of the roles, through the client that
 * the agents use. A tool call by each role; then, as the role with the most tools, a report on its result, two calls at once, a long context
 * with a word at its beginning. Nothing is run.
 */
import type { Config } from "../../agents/base/config.ts";
import { projectPath } from "../../agents/base/config.ts";
import type { Role } from "../../agents/protocol/roles.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import { redacted } from "../../agents/redact/redacted.ts";
import type { Model, ModelMessage, ModelReply } from "../../agents/runtime/model.ts";
import { conversation, createSystemPrompt } from "../../agents/runtime/prompt.ts";
import { toolDefinitions } from "../../agents/runtime/tool-call.ts";
import { createRoleModel } from "../../agents/runtime/wiring.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import type { Finding } from "./finding.ts";
import { longMessages } from "./long-context.ts";
import { type Answered, type Asking, askOnce, told } from "./question.ts";

/** Tokens, at four characters each: what the first step of a mission needs, and what a long one does. */
export const CONTEXTS = [8_000, 24_000] as const;
const FILE = "/app/docs/model-check.md";
const WORD = "heron";
/** No question wants a longer answer, thinking included; a model that never comes to an end is found out by it. */
const MAX_ANSWER_TOKENS = 2_048;
/** A model that calls a tool at one of two tries can work. */
const TRIES = 2;
/** Prompts and answers that are not measured, such as those of a cache. */
const MIN_PREDICTION_S = 1;

export type Findings = {
  steps: Partial<Record<Role, Finding>>;
  afterResult: Finding;
  parallel: Finding;
  contexts: { tokens: number; finding: Finding }[];
};

export type CheckOptions = Asking & {
  config: Config;
  roles: readonly Role[];
  /** Told before each question. */
  onQuestion: (what: string) => void;
};

type Candidate = { role: Role; model: Model; system: ModelMessage & { role: "system" } };

export async function checkModel(options: CheckOptions): Promise<Findings> {
  const steps: Findings["steps"] = {};
  let first: Answered | undefined;
  let worker: Candidate | undefined;
  for (const role of options.roles) {
    options.onQuestion(`${role}: a tool call`);
    const candidate = await candidateFor(role, options);
    const answered = await firstStep(candidate, options);
    steps[role] = answered.finding;
    if (role !== "DevOps_Builder" && worker) continue;
    worker = candidate;
    first = answered;
  }
  if (!worker || !first) throw new Error("no role to ask as");
  const skipped: Finding = { kind: "skipped", why: "not asked: there was no tool call" };
  if (first.finding.kind !== "ok" || !first.reply)
    return { steps, afterResult: skipped, parallel: skipped, contexts: [] };
  const afterResult = await askAfterResult(worker, first.reply, options);
  const parallel = await askParallel(worker, options);
  return { steps, afterResult, parallel, contexts: await askContexts(worker, first.finding, options) };
}

async function candidateFor(role: Role, { config, redactor }: CheckOptions): Promise<Candidate> {
  const limited = {
    ...config,
    LLM_TIMEOUT_S: 86_400, // the question's own limit holds
    LLM_MAX_OUTPUT_TOKENS: Math.min(config.LLM_MAX_OUTPUT_TOKENS, MAX_ANSWER_TOKENS),
  };
  const model = createRoleModel({ role, config: limited, redactor }, toolsOf(role));
  const directory = projectPath(config, "prompts");
  const content = createSystemPrompt({ role, directory, nodes: config.PROXMOX_NODES, redactor })();
  return { role, model, system: { role: "system", content } };
}

function firstStep(candidate: Candidate, options: CheckOptions): Promise<Answered> {
  const text = `Read the file ${FILE} with the tool read_file now, and do nothing else.`;
  return ask(
    candidate,
    { messages: opening(candidate, text), judge: (reply) => callProblem(reply, [FILE]) },
    options,
  );
}

async function askAfterResult(
  candidate: Candidate,
  reply: ModelReply,
  options: CheckOptions,
): Promise<Finding> {
  options.onQuestion("a report on the result of that call");
  const text = `Read the file ${FILE} with the tool read_file now, and do nothing else. Then report the word in it.`;
  const messages: ModelMessage[] = [
    ...opening(candidate, text),
    { role: "assistant", ...reply },
    ...reply.calls.map(({ id, tool }) => ({
      role: "tool" as const,
      callId: id,
      tool,
      content: redacted`[ok exit 0]\nThe word is ${WORD}.`,
    })),
  ];
  const judge = (said: ModelReply) =>
    said.text.includes(WORD) ? undefined : `it did not report the result: ${excerpt(said)}`;
  return (await ask(candidate, { messages, judge }, options)).finding;
}

async function askParallel(candidate: Candidate, options: CheckOptions): Promise<Finding> {
  options.onQuestion("two calls at once");
  const files = ["/app/docs/one.md", "/app/docs/two.md"];
  const text = `Read ${files.join(" and ")} with read_file: make both calls now, in one reply.`;
  const judge = (reply: ModelReply) => callProblem(reply, files);
  return (await ask(candidate, { messages: opening(candidate, text), judge }, options)).finding;
}

async function askContexts(
  candidate: Candidate,
  step: Finding & { kind: "ok" },
  options: CheckOptions,
): Promise<Findings["contexts"]> {
  const asked: Findings["contexts"] = [];
  for (const tokens of CONTEXTS) {
    const predicted =
      Math.max(step.seconds, MIN_PREDICTION_S) * (tokens / Math.max(step.usage.prompt, 1_000));
    const isHopeless = predicted > options.limitMs / 1_000 && step.seconds > MIN_PREDICTION_S;
    const finding: Finding = isHopeless
      ? {
          kind: "skipped",
          why: `not asked: about ${Math.round(predicted)} s, the limit is ${options.limitMs / 1_000} s`,
        }
      : await askContext(candidate, tokens, options);
    asked.push({ tokens, finding });
    if (finding.kind !== "ok") break;
  }
  return asked;
}

async function askContext(candidate: Candidate, tokens: number, options: CheckOptions): Promise<Finding> {
  options.onQuestion(`a word at the beginning of ${tokens} tokens`);
  const long = longMessages(candidate.role, { tokens, word: WORD });
  const judge = (reply: ModelReply) => {
    const read = reply.usage.prompt;
    if (read > 0 && read < tokens / 2)
      return `it read ${read} of about ${tokens} tokens, and said nothing of it`;
    return reply.text.includes(WORD) ? undefined : `it did not find the word: ${excerpt(reply)}`;
  };
  const text =
    "The first line of my first message names a word. Answer with that word alone, without any tool.";
  return (await ask(candidate, { messages: opening(candidate, text, long), judge }, options)).finding;
}

type Question = { messages: readonly ModelMessage[]; judge(reply: ModelReply): string | undefined };

async function ask({ model }: Candidate, { messages, judge }: Question, asking: Asking): Promise<Answered> {
  let answered: Answered | undefined;
  for (let tries = 1; tries <= TRIES; tries++) {
    answered = await askOnce({ model, messages }, (reply) => endlessness(reply) ?? judge(reply), asking);
    if (answered.finding.kind !== "wrong") break;
  }
  return answered as Answered;
}

/** Of what was cut off nothing else is looked at. */
function endlessness(reply: ModelReply): string | undefined {
  if (reply.usage.completion < MAX_ANSWER_TOKENS) return undefined;
  return `its answer did not end within ${MAX_ANSWER_TOKENS} tokens: ${excerpt(reply)}`;
}

function opening(
  { role, system }: Candidate,
  text: string,
  window: Parameters<typeof conversation>[2]["window"] = [],
): ModelMessage[] {
  return conversation(role, system.content, { window, tasks: [told(role, text)] });
}

/** Exactly these files, one call each. */
function callProblem(reply: ModelReply, files: readonly string[]): string | undefined {
  if (reply.calls.length === 0) return `it called no tool: ${excerpt(reply)}`;
  const read = reply.calls.map(({ tool, args }) =>
    tool === "read_file" ? (args as { path?: unknown }).path : tool,
  );
  return read.join() === files.join()
    ? undefined
    : `it called ${read.join(", ")} instead of read_file ${files.join(", ")}`;
}

function excerpt({ text }: ModelReply): string {
  return JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}...` : text);
}

/** Tokens of one opening request of a role, at four characters each. */
export async function openingTokens(role: Role, config: Config, redactor: Redactor): Promise<number> {
  const { system } = await candidateFor(role, { config, redactor } as CheckOptions);
  return Math.ceil((system.content.length + JSON.stringify(toolDefinitions(toolsOf(role))).length) / 4);
}
