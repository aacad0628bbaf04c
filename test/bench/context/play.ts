/** Plays what happened through both policies: the thread that agents have, and the original's; each prompt is metered. */

import { HISTORY_LIMIT } from "../../../agents/bus/bus.ts";
import { resolveRecipients } from "../../../agents/protocol/addressing.ts";
import type { Message } from "../../../agents/protocol/message.ts";
import { COORDINATOR, isRole, isSender, OPERATOR, type Role } from "../../../agents/protocol/roles.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { toolResult } from "../../../agents/testing/thread-player.ts";
import type { SessionEvent } from "./events.ts";
import { RolePlay } from "./role-play.ts";
import { noSums, type Sums } from "./sums.ts";

/** What stands before all prompts of a role. */
export type HeadOf = (role: Role) => { tools: string; system: string };

export class Play {
  readonly #headOf: HeadOf;
  readonly #roles = new Map<Role, RolePlay>();
  #said: Message[] = [];
  /** Seconds: of this event as it was recorded, which is an estimate, and of what is said, in order. */
  #at = 0;
  #latest = 0;
  readonly sums: Sums = noSums();

  constructor(headOf: HeadOf) {
    this.#headOf = headOf;
  }

  async play(events: readonly SessionEvent[]): Promise<void> {
    for (const event of events) await this.#happens(event);
    for (const role of this.#roles.values()) role.cut();
  }

  async #happens({ t, sender, kind, content, tool, args, from }: SessionEvent): Promise<void> {
    this.#latest = Math.max(this.#latest + 0.001, t);
    this.#at = t;
    const name = sender.replace("::think", "");
    if (kind === "user") return this.#say(OPERATOR, content ?? "");
    if (!isRole(name)) return;
    const role = this.#roleOf(name);
    if (kind === "turn_start") this.#begin(name, from ?? "");
    if (kind === "step" && this.#isAtWork(name)) await role.step(this.#at);
    if (kind === "tool_call" && this.#isAtWork(name))
      await role.call(tool ?? "unknown", args ?? "{}", this.#at);
    if (kind === "tool_result") role.result(toolResult(content ?? ""));
    if (kind !== "message" || !content) return;
    if (this.#isAtWork(name)) await role.end(ours(content), this.#at);
    this.#say(name, content);
  }

  #roleOf(name: Role): RolePlay {
    const known = this.#roles.get(name) ?? new RolePlay(name, this.#headOf(name), this.sums);
    this.#roles.set(name, known);
    return known;
  }

  /** Begins a turn where the record has none; false when nothing was said to it yet. */
  #isAtWork(name: Role): boolean {
    if (!this.#roleOf(name).isAtWork) this.#begin(name, "");
    return this.#roleOf(name).isAtWork;
  }

  #begin(name: Role, from: string): void {
    const others = this.#said.filter(({ sender }) => sender !== name);
    const task =
      others.findLast(({ sender, to }) => sender === from && to.includes(name)) ??
      others.findLast(({ sender }) => sender === from) ??
      others.at(-1);
    if (task) this.#roleOf(name).begin(this.#said.slice(-HISTORY_LIMIT), task);
  }

  #say(sender: string, text: string): void {
    if (!isSender(sender) || text === "") return;
    const { to } = resolveRecipients(sender, text);
    const isReport = to.length === 0 && sender !== COORDINATOR && sender !== OPERATOR;
    const message: Message = {
      ...{ kind: "message", id: `m${this.#said.length}.${sender}`, sender, content: ours(text) },
      ...{ to: isReport ? [COORDINATOR] : to, timestamp: new Date(this.#latest * 1_000).toISOString() },
      ...{ session: "recorded", epoch: 1 },
    };
    this.#said = [...this.#said, message];
    if (sender === OPERATOR) for (const role of this.#roles.values()) role.hear(message);
  }
}
