/**
 * A role's thread: all that its model is shown, in one list that only grows, so that each prompt begins with the one
 * before it and a server pays for the rest alone. System prompt, mission and digest stand at its head; then the channel
 * as the role heard it, and its own steps with their results. Above its budget most of it leaves at once (eviction.ts).
 * Pure: it knows no clock, no bus and no journal; from the same records it is made again, byte for byte.
 */
import type { Message } from "../protocol/message.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import type { ToolResult } from "../tools/tool.ts";
import { evicted } from "./eviction.ts";
import { isShownTo } from "./facts.ts";
import type { ModelMessage, ToolRequest } from "./model.ts";
import { meanwhile, missionLine, openingLines } from "./prompt.ts";
import type { RecordedReply } from "./recorded-reply.ts";
import { type Did, noteOfCall, noteOfMessage, noteOfReply } from "./step-notes.ts";
import { digestLine } from "./thread-digest.ts";
import { missionMessages, type ThreadState, type TokenBudget, tokensOf, type Unit } from "./thread-unit.ts";
import { resultText } from "./tool-call.ts";

export type ThreadSettings = {
  role: Role;
  system: Redacted;
  /** Of the tools' definitions, which stand before all else. */
  toolTokens: number;
  budget: TokenBudget;
};

/** What a turn begins with. `taken`: ids of the messages that are shown herewith, or need not be. */
export type Opening = { session: string; number: number; taken: readonly string[]; units: readonly Unit[] };
/** The thread after an eviction. */
export type Snapshot = ThreadState & { taken: readonly string[] };

export type Beginning = { history: readonly Message[]; tasks: readonly [Message, ...Message[]] };

const CUT_OFF: ModelMessage = {
  role: "user",
  content: redacted`{"runtime":"That turn of yours was cut off here."}`,
};
const NO_RESULT = redacted`[unknown] no result was recorded: the turn was cut off. Look before you repeat.`;
/** Ids of calls are those of a turn; in a thread that many turns differ. */
const TURNS_APART = 1_000;
const STEPS_OF_TURN = 100;
/** More than a history has messages. */
const MAX_TAKEN = 200;

export class Thread {
  readonly #settings: ThreadSettings;
  readonly #system: ModelMessage;
  readonly #fixedTokens: number;
  readonly #taken = new Set<string>();
  #state: ThreadState = { mission: [], digest: [], units: [] };
  #number = 0;

  constructor(settings: ThreadSettings) {
    this.#settings = settings;
    this.#system = { role: "system", content: settings.system };
    this.#fixedTokens = tokensOf([this.#system]) + settings.toolTokens;
  }

  /** The prompt of the next model call. */
  get messages(): ModelMessage[] {
    const { mission, digest, units } = this.#state;
    const line = digestLine(digest);
    const head = [this.#system, ...missionMessages(mission), ...(line ? [line] : [])];
    return [...head, ...units.flatMap(({ messages }) => messages)];
  }

  /** What a new turn about these messages adds. What waits for a turn of its own is not shown before. */
  openingOf({ history, tasks }: Beginning): Opening {
    const { role } = this.#settings;
    const [{ session, epoch }] = tasks;
    const latest = tasks.reduce((last, { timestamp }) => (timestamp > last ? timestamp : last), "");
    const waits = (one: Message) =>
      one.to.includes(role) && !one.fact && one.epoch === epoch && one.timestamp >= latest;
    const unseen = history.filter(
      (one) =>
        !this.#taken.has(one.id) &&
        tasks.every(({ id }) => id !== one.id) &&
        isShownTo(role, one, history) &&
        (one.sender === role || !waits(one)),
    );
    const window = unseen.filter((one) => !this.#hasSaid(one));
    const number = this.#number + 1;
    const units = openingLines(role, { window, tasks }).map(({ message, line }) =>
      unitOf(line, message, message && !tasks.includes(message) ? undefined : number),
    );
    return { session, number, taken: [...unseen, ...tasks].map(({ id }) => id), units };
  }

  begin({ number, taken, units }: Opening): void {
    this.#number = number;
    for (const id of taken) this.#taken.add(id);
    this.#add(...units);
  }

  /** What the operator says in mid-turn. */
  hear(messages: readonly Message[]): void {
    const isUnsent = this.messages.at(-1)?.role === "assistant";
    for (const message of messages) {
      this.#taken.add(message.id);
      this.#add(unitOf(meanwhile(message, isUnsent), message, this.#number));
    }
  }

  /** Of arguments that held a secret it has what the record has. */
  reply({ text, calls, carry }: RecordedReply): void {
    const own = calls.map((call) => ({ ...call, id: this.#idOf(call) }));
    const notes = calls.length === 0 ? [noteOfReply(text)] : [];
    this.#add({ messages: [{ role: "assistant", text, calls: own, carry }], notes });
  }

  /** Of a call of the last reply. */
  result(request: ToolRequest, did: Did, result: ToolResult): void {
    const message: ModelMessage = {
      role: "tool",
      callId: this.#idOf(request),
      tool: request.tool,
      content: resultText(result),
    };
    this.#extend(message, noteOfCall(request, did, result));
  }

  /** What the runtime has to say about the last reply. */
  correct(correction: Redacted): void {
    this.#extend({ role: "user", content: correction });
  }

  /** The turn came to no end of its own: each of its calls has a result all the same. */
  cutOff(): void {
    const last = this.#state.units.at(-1)?.messages ?? [];
    const [reply, ...results] = last;
    const calls = reply?.role === "assistant" ? reply.calls : [];
    for (const { id, tool } of calls.slice(results.length))
      this.#extend({ role: "tool", callId: id, tool, content: NO_RESULT });
    this.#add({ messages: [CUT_OFF], notes: [] });
  }

  /** Before a model call: what is left, when most of the thread has to leave. */
  evict(): Snapshot | undefined {
    const { budget } = this.#settings;
    const left = evicted(this.#state, { budget, fixedTokens: this.#fixedTokens, turn: this.#number });
    if (!left) return undefined;
    this.#state = left;
    return { ...left, taken: this.#stillNeeded() };
  }

  restore({ taken, ...state }: Snapshot): void {
    this.#state = state;
    for (const id of taken) this.#taken.add(id);
  }

  /** No history holds more of others; the operator's words stay in it for longer. */
  #stillNeeded(): string[] {
    const all = [...this.#taken];
    const newest = new Set(all.slice(-MAX_TAKEN));
    return all.filter((id) => newest.has(id) || id.endsWith(`.${OPERATOR}`));
  }

  /** A message of the role that its own reply shows already. */
  #hasSaid({ sender, fact, content }: Message): boolean {
    if (sender !== this.#settings.role || fact) return false;
    const shows = ([one]: Unit["messages"]) =>
      one?.role === "assistant" && one.calls.length === 0 && one.text === content;
    return this.#state.units.some(({ messages }) => shows(messages));
  }

  #idOf({ id }: Pick<ToolRequest, "id">): ToolRequest["id"] {
    const [step = 1, call = 1] = id.split(".").map(Number);
    return `${(this.#number % TURNS_APART) * STEPS_OF_TURN + ((step - 1) % STEPS_OF_TURN)}.${call}`;
  }

  #add(...units: readonly Unit[]): void {
    this.#state = { ...this.#state, units: [...this.#state.units, ...units] };
  }

  #extend(message: ModelMessage, note?: Unit["notes"][number]): void {
    const { units } = this.#state;
    const last = units.at(-1) ?? { messages: [], notes: [] };
    const longer = {
      ...last,
      messages: [...last.messages, message],
      notes: [...last.notes, ...(note ? [note] : [])],
    };
    this.#state = { ...this.#state, units: [...units.slice(0, -1), longer] };
  }
}

/** Without a message it is the line that closes the tasks. */
function unitOf(line: ModelMessage, message: Message | undefined, taskOf: number | undefined): Unit {
  const note = message && noteOfMessage(message);
  return {
    messages: [line],
    notes: note ? [note] : [],
    ...(message?.sender === OPERATOR && !message.fact && { mission: missionLine(message) }),
    ...(taskOf !== undefined && { taskOf }),
  };
}
