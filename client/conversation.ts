/** What happens, as the operator sees it: live events become entries, shown and recorded, each once. */
import { describeError, isAppError } from "../agents/base/errors.ts";
import type { Bus, DeadLetter, Draft, LiveEvent } from "../agents/bus/bus.ts";
import type { ControlState } from "../agents/protocol/control.ts";
import type { Message } from "../agents/protocol/message.ts";
import type { Role } from "../agents/protocol/roles.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import { consoleEntry, type Entry, toEntry } from "./entry.ts";
import { tellSilentRoles } from "./silent-roles.ts";
import { Team } from "./team.ts";
import type { Transcript } from "./transcript.ts";
import { followTroubles, type Troubles } from "./troubles.ts";
import type { View } from "./view.ts";

export type ConversationOptions = {
  bus: Bus;
  view: View;
  transcript: Transcript;
  redact: Redactor;
  signal: AbortSignal;
  troublesFile?: string | undefined;
};

const GREETING_MESSAGES = 5;

export class Conversation {
  readonly team = new Team();
  control: ControlState | undefined;
  connection: "unknown" | "up" | "down" = "unknown";
  showsThoughts = true;
  /** Parts of the team that do not run, as far as ./minilab up tells. */
  troubles: Troubles = {};
  readonly #options: ConversationOptions;
  /** Ids of the operator's own messages, shown when they were entered. */
  readonly #own = new Set<string>();
  readonly #connectionKnown = Promise.withResolvers<void>();
  #isGreeted = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** Begin to listen; resolves when it is known whether Redis is there. */
  async start(): Promise<void> {
    const { bus, signal, transcript, troublesFile, redact } = this.#options;
    void transcript.failure.then((error) =>
      this.problem(this.#options.redact(`The log cannot be written: ${error.message}`)),
    );
    const hasBeenSeen = (role: Role) => this.team.hasBeenSeen(role);
    tellSilentRoles({ hasBeenSeen, tell: (text) => this.problem(text), signal });
    if (troublesFile) followTroubles({ file: troublesFile, redact, signal }, (now) => this.#onTroubles(now));
    const stop = bus.watch((event) => this.#onEvent(event));
    signal.addEventListener("abort", stop, { once: true });
    signal.addEventListener("abort", () => this.#connectionKnown.resolve(), { once: true });
    await Promise.all([this.#greet(), this.#connectionKnown.promise]);
  }

  say(text: Redacted): void {
    this.#show(consoleEntry(text));
  }

  problem(text: Redacted): void {
    this.#show(consoleEntry(text, "problem"));
  }

  /** A message that the operator has just entered; it is not shown again when it comes back. */
  showOwn(draft: Draft): void {
    this.#own.add(draft.id);
    const { session = "", epoch = 0 } = this.control ?? {};
    this.showMessage({ ...draft, kind: "message", timestamp: new Date().toISOString(), session, epoch });
  }

  showMessage(message: Message): void {
    this.#show(toEntry(message));
  }

  /** A change of control, by whichever way it is heard of first. */
  onControl(event: Extract<LiveEvent, { kind: "control" }>): void {
    if (event.control.epoch <= (this.control?.epoch ?? 0)) return;
    this.control = event.control;
    this.#show(toEntry(event));
  }

  /** Up to date if the store can be reached, else as it was. */
  async readControl(): Promise<void> {
    this.control = (await this.#ifAvailable((bus, options) => bus.control(options))) ?? this.control;
  }

  /** Undefined while the store is away. */
  async history(): Promise<Message[] | undefined> {
    return await this.#ifAvailable((bus, options) => bus.history(options));
  }

  /** Undefined while the store is away. */
  async deadLetters(): Promise<DeadLetter[] | undefined> {
    return await this.#ifAvailable((bus, options) => bus.deadLetters(options));
  }

  #onEvent(event: LiveEvent): void {
    switch (event.kind) {
      case "message":
        if (this.control) this.control = { ...this.control, state: "running" };
        if (this.#own.delete(event.id)) this.#options.view.refresh();
        else this.showMessage(event);
        break;
      case "thought":
        this.#show(toEntry(event), this.showsThoughts);
        break;
      case "activity":
        this.team.note(event, Date.now());
        this.#options.view.refresh();
        break;
      case "control":
        this.onControl(event);
        break;
      case "connection":
        if (event.state === "up") this.#onUp();
        else this.#onDown(event.reason);
        break;
      case "notice":
      case "malformed":
        this.#show(toEntry(event));
        break;
      default:
        event satisfies never;
    }
  }

  #onTroubles(now: Troubles): void {
    const before = this.troubles;
    this.troubles = now;
    for (const [part, cause] of Object.entries(now)) if (before[part] !== cause) this.problem(cause);
    for (const part of Object.keys(before))
      if (now[part] === undefined) this.say(this.#options.redact(`${part} runs again.`));
    this.#options.view.refresh();
  }

  #onDown(reason: string): void {
    if (this.connection !== "down")
      this.problem(this.#options.redact(`Redis is away (${reason}); trying again until it is back.`));
    this.connection = "down";
    this.#connectionKnown.resolve();
  }

  #onUp(): void {
    if (this.connection === "down") this.say(redacted`Redis is there.`);
    this.connection = "up";
    this.#greet().catch((error) => {
      this.problem(this.#options.redact(describeError(error)));
      this.#connectionKnown.reject(error);
    });
  }

  /** Once: where we are, and what was said last. */
  async #greet(): Promise<void> {
    const control = await this.#ifAvailable((bus, options) => bus.control(options));
    const messages = await this.history();
    if (control === undefined || messages === undefined || this.#isGreeted) return;
    this.#isGreeted = true;
    this.control = control;
    this.say(
      this.#options.redact(`Session ${control.session}, epoch ${control.epoch}, team ${control.state}.`),
    );
    const last = messages.slice(-GREETING_MESSAGES);
    if (last.length > 0)
      this.say(redacted`The last ${last.length} of ${messages.length} messages (/history shows more):`);
    for (const message of last) this.showMessage(message);
    this.#connectionKnown.resolve();
  }

  async #ifAvailable<T>(
    ask: (bus: Bus, options: { signal: AbortSignal }) => Promise<T>,
  ): Promise<T | undefined> {
    const { bus, signal } = this.#options;
    try {
      return await ask(bus, { signal });
    } catch (error) {
      if (signal.aborted || isAppError(error, "unavailable")) return undefined;
      throw error;
    }
  }

  #show(entry: Entry | undefined, isShown = true): void {
    if (entry === undefined) return;
    this.#options.transcript.record(entry);
    if (isShown) this.#options.view.show(entry);
  }
}
