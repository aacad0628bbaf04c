/** One chat completion: from the body of a request to what is to be sent back; knows nothing of sockets. */
import type { Role } from "../../agents/protocol/roles.ts";
import { addTokens, NO_TOKENS, type Tokens } from "../../agents/protocol/spending.ts";
import { answer } from "./answer.ts";
import {
  countUsage,
  promptText,
  type Reply,
  streamedCompletion,
  type Usage,
  wholeCompletion,
} from "./completion.ts";
import { type ChatRequest, type Conversation, chatRequest, readConversation } from "./conversation.ts";
import { createFaults, distort, type Fault } from "./faults.ts";
import type { Scenario } from "./scenario.ts";

/** Chat completions that were asked for; `gaps` says what the scenario had no answer to. */
export type CallCounts = { total: number; roles: Partial<Record<Role, number>>; gaps: string[] };

export type Billed = Partial<Record<Role, Tokens>>;

export type ChatAnswer =
  | { kind: "error"; status: number; message: string; retryAfterS?: number | undefined }
  | { kind: "hang" }
  /** `end`: all of the body, half of it in good order, or half of it and a broken connection. */
  | { kind: "body"; type: string; body: string; end: BodyEnd; delayMs: number };
type BodyEnd = "whole" | "short" | "cut";

/** Called with the role that asks; its answer waits for it. */
export type BeforeAnswer = (role: Role) => Promise<void>;

export type ChatOptions = {
  scenario: Scenario;
  faults?: readonly Fault[] | undefined;
  beforeAnswer?: BeforeAnswer | undefined;
};

export class Chat {
  readonly counts: CallCounts = { total: 0, roles: {}, gaps: [] };
  /** What each role was charged for: completions that were sent whole. */
  readonly billed: Billed = {};
  readonly #scenario: Scenario;
  readonly #faults: ReturnType<typeof createFaults>;
  /** Each role's last prompt: what a provider would have cached. */
  readonly #prompts = new Map<Role, string>();

  readonly #beforeAnswer: BeforeAnswer;

  constructor({ scenario, faults = [], beforeAnswer = async () => {} }: ChatOptions) {
    this.#scenario = scenario;
    this.#faults = createFaults(faults);
    this.#beforeAnswer = beforeAnswer;
  }

  arm(fault: Fault): void {
    this.#faults.arm(fault);
  }

  /** `body` is the parsed JSON of a request, whatever it is. */
  async complete(body: unknown): Promise<ChatAnswer> {
    const parsed = chatRequest.safeParse(body);
    if (!parsed.success) return { kind: "error", status: 400, message: parsed.error.message };
    const conversation = readConversation(parsed.data);
    if (!conversation)
      return this.#gap("a system prompt must begin with `You are <Role>`, and a user must speak");
    await this.#beforeAnswer(conversation.role);
    return this.#answer(parsed.data, conversation);
  }

  #answer(request: ChatRequest, conversation: Conversation): ChatAnswer {
    this.counts.total += 1;
    this.counts.roles[conversation.role] = (this.counts.roles[conversation.role] ?? 0) + 1;
    const found = answer(this.#scenario, conversation);
    if (found.kind === "gap") return this.#gap(found.reason);
    const fault = this.#faults.take(conversation.role, found.rule.fault);
    const reply = fault ? distort(found.reply, fault.kind) : found.reply;
    const end = bodyEnd(fault);
    return (
      (fault && brokenAnswer(fault)) ?? {
        kind: "body",
        type: request.stream ? "text/event-stream" : "application/json",
        body: this.#render(request, conversation.role, { reply, end }),
        end,
        delayMs: found.rule.delay_ms,
      }
    );
  }

  #render(request: ChatRequest, role: Role, { reply, end }: { reply: Reply; end: BodyEnd }): string {
    const prompt = promptText(request);
    const usage = countUsage(prompt, this.#prompts.get(role) ?? "", reply);
    this.#prompts.set(role, prompt);
    if (end === "whole") this.#bill(role, usage);
    if (!request.stream) return wholeCompletion(request, reply, usage);
    return streamedCompletion(request, reply, usage)
      .map((data) => `data: ${data}\n\n`)
      .join("");
  }

  #bill(role: Role, usage: Usage): void {
    this.billed[role] = addTokens(this.billed[role] ?? NO_TOKENS, {
      prompt: usage.prompt_tokens,
      cached: usage.prompt_tokens_details.cached_tokens,
      cacheWrite: 0,
      completion: usage.completion_tokens,
      reasoning: usage.completion_tokens_details.reasoning_tokens,
    });
  }

  #gap(reason: string): ChatAnswer {
    this.counts.gaps.push(reason);
    return { kind: "error", status: 400, message: `The scripted model has no answer: ${reason}` };
  }
}

function brokenAnswer(fault: Fault): ChatAnswer | undefined {
  if (fault.kind === "hang") return { kind: "hang" };
  if (fault.kind !== "status") return undefined;
  const message = fault.status === 429 ? "Rate limit reached" : "The server had an error";
  return { kind: "error", status: fault.status, message, retryAfterS: fault.retry_after_s };
}

function bodyEnd(fault: Fault | undefined): BodyEnd {
  if (fault?.kind === "cut") return "cut";
  return fault?.kind === "truncated_json" ? "short" : "whole";
}
