/** One role of a recorded session, before both policies: its turns, its calls, and what each prompt would cost. */
import type { Message } from "../../../agents/protocol/message.ts";
import { parseJson } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours, type Redacted, type RedactedJson } from "../../../agents/redact/redacted.ts";
import type { ModelMessage } from "../../../agents/runtime/model.ts";
import { tokensOfText } from "../../../agents/runtime/thread-unit.ts";
import { type PlayedCall, ThreadPlayer } from "../../../agents/testing/thread-player.ts";
import type { ToolResult } from "../../../agents/tools/tool.ts";
import { BUDGET } from "./budget.ts";
import { OriginalPolicy } from "./original.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { count, type Sums } from "./sums.ts";

/** What a turn has of the operator: its prompts must have all of it. */
type Turn = { steps: number; calls: PlayedCall[]; operator: string[] };

export class RolePlay {
  readonly #role: Role;
  readonly #tools: string;
  readonly #sums: Sums;
  readonly #player: ThreadPlayer;
  readonly #original: OriginalPolicy;
  readonly #caches = { ours: new PrefixCache(), original: new PrefixCache() };
  #before: { text: string; evictions: number } | undefined;
  #turn: Turn | undefined;
  readonly #begun = new Set<string>();
  #repeats = 0;
  /** What the operator has said to the role since its turn began. */
  #unheard: Message[] = [];

  constructor(role: Role, { tools, system }: { tools: string; system: string }, sums: Sums) {
    this.#role = role;
    this.#tools = tools;
    this.#sums = sums;
    this.#original = new OriginalPolicy(`${tools}\n${system}`);
    const toolTokens = tokensOfText(tools);
    const redactor = createRedactor([]);
    this.#player = new ThreadPlayer({ role, system: ours(system), toolTokens, budget: BUDGET, redactor });
  }

  get isAtWork(): boolean {
    return this.#turn !== undefined;
  }

  begin(history: readonly Message[], task: Message): void {
    this.cut();
    this.#player.begin(history, [this.#begun.has(task.id) ? this.#again(task) : task]);
    this.#begun.add(task.id);
    const isNewer = (one: Message) => one.sender === OPERATOR && one.timestamp > task.timestamp;
    this.#unheard = history.filter((one) => isNewer(one) && one.to.includes(this.#role));
    this.#original.begin(history, task.content);
    const said = [...history, task].filter((one) => one.sender === OPERATOR);
    this.#turn = { steps: 0, calls: [], operator: said.map(({ content }) => content) };
  }

  /** The record has turns about the same message: each has a journal of its own. */
  #again(task: Message): Message {
    const [name = "", sender] = task.id.split(".");
    return { ...task, id: `${name}-${++this.#repeats}.${sender}` };
  }

  /** It reaches the turn at work before its next step. */
  hear(message: Message): void {
    if (!this.#turn || !message.to.includes(this.#role)) return;
    this.#unheard.push(message);
    this.#turn.operator.push(message.content);
  }

  async step(at: number): Promise<void> {
    const turn = this.#turn;
    if (!turn) return;
    if (turn.steps > 0) await this.#reply(ours(""));
    turn.steps += 1;
    const messages = this.#player.prompt(this.#unheard.splice(0));
    this.#meterOurs(messages, at);
    const text = this.#original.prompt(turn.steps);
    const newest = turn.operator.at(-1) ?? "";
    count(this.#sums.original, this.#caches.original.meter(text, at), text.includes(newest));
  }

  async call(tool: string, args: string, at: number): Promise<void> {
    if (this.#turn?.steps === 0) await this.step(at);
    const value = parseJson(args) ?? { text: args };
    const request = { id: "1.1" as const, tool: ours(tool), args: value as RedactedJson };
    const effect = /save|append|edit|delete/.test(tool) ? "workspace" : "read";
    const { path = tool } = value as { path?: string };
    this.#turn?.calls.push({ request, did: { target: ours(String(path)), effect }, result: undefined });
  }

  result(result: ToolResult): void {
    const call = this.#turn?.calls.find((one) => one.result === undefined);
    if (call) call.result = result;
  }

  async end(text: Redacted, at: number): Promise<void> {
    const turn = this.#turn;
    if (!turn) return;
    if (turn.steps === 0 || turn.calls.length > 0) await this.step(at);
    await this.#reply(text);
    this.#player.end("completed");
    this.#turn = undefined;
  }

  /** A turn that the record leaves open. */
  cut(): void {
    if (this.#turn) this.#player.end("cancelled");
    this.#turn = undefined;
  }

  async #reply(text: Redacted): Promise<void> {
    const calls = this.#turn?.calls.splice(0) ?? [];
    for (const { request, result } of calls) {
      const call = JSON.stringify({ tool: request.tool, args: request.args });
      this.#original.called(call, result?.stdout ?? "");
      this.#sums.outputTokens += tokensOfText(call);
    }
    this.#sums.outputTokens += tokensOfText(text);
    await this.#player.reply(text, calls);
  }

  #meterOurs(messages: readonly ModelMessage[], at: number): void {
    const text = [this.#tools, ...messages.map((one) => JSON.stringify(one))].join("\n");
    const { evictions } = this.#player;
    if (this.#before?.evictions === evictions && !text.startsWith(this.#before.text))
      this.#sums.begunAnew += 1;
    this.#sums.evictions += evictions - (this.#before?.evictions ?? 0);
    this.#before = { text, evictions };
    const shown = messages.map((one) => (one.role === "user" ? one.content : "")).join("\n");
    const hasAll = this.#turn?.operator.every((said) => shown.includes(JSON.stringify(said))) ?? true;
    count(this.#sums.ours, this.#caches.ours.meter(text, at), hasAll);
  }
}
