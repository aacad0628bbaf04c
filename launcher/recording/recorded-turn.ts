/**
 * One turn out of a recording, as the world of a replay: the model says what it said, each call ends as it ended, the
 * operator speaks when he spoke. It goes no further than the record: there the run is cut off, as it was.
 */
import { AppError } from "../../agents/base/errors.ts";
import type { Delivery } from "../../agents/bus/bus.ts";
import { Call, type Calls } from "../../agents/host/commands/call.ts";
import { callIdOf } from "../../agents/host/commands/call-id.ts";
import type { Message } from "../../agents/protocol/message.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import { redactJson } from "../../agents/redact/redacted-json.ts";
import { Inbox } from "../../agents/runtime/inbox.ts";
import { LIVES, type Life } from "../../agents/runtime/interruptions.ts";
import type { Model } from "../../agents/runtime/model.ts";
import { readRecorded, WITHHELD } from "../../agents/runtime/recorded-reply.ts";
import type { Tool, ToolResult } from "../../agents/tools/tool.ts";
import type { Difference } from "./difference.ts";
import type { RecordedTurn } from "./recording.ts";

/** In place of the cause of a failure, which is told in a fact and is no entry. */
export const FAILURE = "a failure that was recorded";
/** Of turns that came to an end by what they did. */
const OWN_ENDS = ["completed", "awaiting", "blocked", "exhausted"];

export class ReplayedTurn {
  readonly turn: RecordedTurn;
  readonly status: string | undefined;
  readonly lives: readonly Life[];
  /** More may have been done than was recorded: the record ends where the turn was cut off. */
  readonly isCutShort: boolean;
  /** What today's runtime wants beyond the end that was recorded. */
  readonly beyond: Difference[] = [];
  /** The next step at which the operator is heard. */
  step = 1;
  #cutting = new AbortController();
  readonly #redactor: Redactor;

  constructor(turn: RecordedTurn, redactor: Redactor) {
    this.turn = turn;
    this.#redactor = redactor;
    this.status = turn.entries.get("status") as string | undefined;
    this.isCutShort = !OWN_ENDS.includes(this.status ?? "");
    this.lives = (turn.entries.get(LIVES) as Life[] | undefined) ?? [];
  }

  /** A run of the turn begins; it ends at the latest when this aborts. */
  begin(): AbortSignal {
    this.#cutting = new AbortController();
    return this.#cutting.signal;
  }

  /** Throws: the run ends here, as it did. `isLast`: by a failure, when one was recorded. */
  cut(isLast = true): never {
    if (isLast && this.status === "failed") throw new Error(FAILURE);
    const reason = new AppError("cancelled", "the record ends here");
    this.#cutting.abort(reason);
    throw reason;
  }

  /** Nothing of it is recorded. */
  #outOfRecord(at: string, now: string): never {
    const { role, message, entries } = this.turn;
    const recorded = `the turn ended: ${entries.get("status")}`;
    if (!this.isCutShort) this.beyond.push({ place: { role, message: message.id, at }, recorded, now });
    this.cut();
  }

  readonly model: Model = {
    ask: async (_, { step }) => {
      const reply = this.turn.entries.get(`reply:${step}`);
      if (reply === undefined) this.#outOfRecord(`reply:${step}`, "the model is asked once more");
      this.step = step + 1;
      return readRecorded(reply, this.#redactor);
    },
  };

  outcomeOf(callId: string): ToolResult {
    const outcome = this.turn.entries.get(`outcome:${callId}`);
    if (outcome === undefined) this.#outOfRecord(`outcome:${callId}`, "the call is made");
    return redactJson(this.#redactor, outcome).value as unknown as ToolResult;
  }

  /** What waited, or what the operator said, as the journal has it. */
  messagesOf(key: string): Message[] {
    const messages = (this.turn.entries.get(key) ?? []) as Message[];
    return messages.map((message) => ({ ...message, content: this.#redactor(message.content) }));
  }

  /** Arguments that held a secret are in no record: what came of such calls is taken from it, and not judged. */
  get withheld(): ReadonlyMap<string, unknown> {
    const { entries } = this.turn;
    const calls = [...entries]
      .filter(([key]) => key.startsWith("reply:"))
      .flatMap(([, reply]) => (reply as { calls?: { id: string; problem?: string }[] }).calls ?? [])
      .filter(({ problem }) => problem === WITHHELD)
      .map(({ id }) => id);
    const keys = calls.flatMap((id) => [`intent:${id}`, `outcome:${id}`]);
    return new Map(keys.flatMap((key) => (entries.has(key) ? [[key, entries.get(key)] as const] : [])));
  }
}

/** Hands out what was taken in, at the step at which it was. */
export class RecordedInbox extends Inbox {
  readonly #turn: ReplayedTurn;

  constructor(turn: ReplayedTurn) {
    super();
    this.#turn = turn;
  }

  override joinWaiting(): Delivery[] {
    return this.#turn.messagesOf("also").map(delivered);
  }

  override joinOperator(): Delivery[] {
    return this.#turn.messagesOf(`heard:${this.#turn.step}`).map(delivered);
  }

  override async news(): Promise<boolean> {
    return true;
  }
}

function delivered(message: Message): Delivery {
  return { message, isAgain: false };
}

/** The calls of one role, and its tools, which do nothing but to end as they ended. */
export class RecordedCalls implements Pick<Calls, "open" | "endTurn"> {
  #turn: ReplayedTurn | undefined;
  #at = "";

  /** Whose calls they are. */
  get ofTurn(): ReplayedTurn {
    if (!this.#turn) throw new Error("no turn is replayed");
    return this.#turn;
  }

  begin(turn: ReplayedTurn): void {
    this.#turn = turn;
  }

  open(turn: Parameters<Calls["open"]>[0], name: string, signal: AbortSignal): Call {
    this.#at = name;
    const nothing = { directory: "/nonexistent", permit: () => {}, local: [], endOnHost: async () => true };
    return new Call({ ...nothing, id: callIdOf(turn, name), signal });
  }

  async endTurn(): Promise<void> {}

  /** The same tool without its hands. */
  readonly recorded = (tool: Tool): Tool => ({
    ...tool,
    run: async () => this.ofTurn.outcomeOf(this.#at),
    ...(tool.adopt && {
      adopt: async () => {
        const outcome = this.ofTurn.outcomeOf(this.#at);
        return outcome.kind === "unknown" ? undefined : outcome;
      },
    }),
  });
}
