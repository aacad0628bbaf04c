/** What happens, as the operator sees it: live events become entries, shown and recorded, each once. */
import { describeError } from "../agents/base/errors.ts";
import type { Bus, Draft, LiveEvent } from "../agents/bus/bus.ts";
import type { CallReport } from "../agents/protocol/call-report.ts";
import type { ControlState } from "../agents/protocol/control.ts";
import type { Activity, Message } from "../agents/protocol/message.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import { callEntry, isWatched, type Watch } from "./call-entry.ts";
import { consoleEntry, type Entry, toEntry } from "./entry.ts";
import { startFollowers } from "./followers.ts";
import { awayText, greeting } from "./greeting.ts";
import { Introduction } from "./introduction.ts";
import { Meter, type MeterOptions } from "./meter.ts";
import { Notices } from "./notices.ts";
import { createRecords, type Records } from "./records.ts";
import { Shelf } from "./shelf.ts";
import { Team } from "./team.ts";
import { Floor } from "./team-state.ts";
import type { Transcript } from "./transcript.ts";
import type { Troubles } from "./troubles.ts";
import type { View } from "./view.ts";

export type ConversationOptions = MeterOptions & {
  bus: Bus;
  view: View;
  transcript: Transcript;
  redact: Redactor;
  signal: AbortSignal;
  troublesFile?: string | undefined;
  /** What was said of the team already; what the team says of itself is said when it differs. */
  notice: Redacted;
};

/** A longer text gets a number, by which all of it can be opened where it is folded. */
const LONG_CHARS = 2_000;

export class Conversation {
  readonly team = new Team();
  readonly floor = new Floor();
  readonly shelf = new Shelf();
  readonly records: Records;
  readonly meter: Meter;
  control: ControlState | undefined;
  connection: "unknown" | "up" | "down" = "unknown";
  showsThoughts = true;
  watch: Watch = "all";
  /** Parts of the team that do not run, as far as ./minilab up tells. */
  troubles: Troubles = {};
  readonly introduction: Introduction;
  readonly #options: ConversationOptions;
  /** Ids of the operator's own messages, shown when they were entered. */
  readonly #own = new Set<string>();
  readonly #notices = new Notices();
  readonly #connectionKnown = Promise.withResolvers<void>();
  #isGreeted = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.records = createRecords(options.bus, options.signal);
    this.meter = new Meter(this.records, options);
    this.introduction = new Introduction(options.notice, (text) => this.say(text));
  }

  /** Begin to listen; resolves when it is known whether Redis is there. */
  async start(): Promise<void> {
    const { bus, signal, transcript } = this.#options;
    void transcript.failure.then((error) =>
      this.problem(this.#options.redact(`The log cannot be written: ${error.message}`)),
    );
    const stop = bus.watch((event) => this.#onEvent(event));
    startFollowers(this, this.#options);
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
    const forecast = this.meter.forecaster.take();
    if (forecast) this.say(forecast);
  }

  showMessage(message: Message): void {
    const entry = toEntry(message);
    const { text } = entry;
    const isLong = text.length > LONG_CHARS;
    this.#show(isLong ? { ...entry, number: this.shelf.add({ kind: "text", text }) } : entry);
  }

  /** A change of control, by whichever way it is heard of first. */
  onControl(event: Extract<LiveEvent, { kind: "control" }>): void {
    if (event.control.epoch <= (this.control?.epoch ?? 0)) return;
    const cutOff = this.team.statusLine(Date.now());
    this.control = event.control;
    this.floor.reset();
    if (event.command === "CLEAR") void this.meter.forecaster.look();
    this.#show(toEntry(event));
    if (cutOff !== "") this.say(redacted`What it cut off: ${cutOff}`);
  }

  #onEvent(event: LiveEvent): void {
    switch (event.kind) {
      case "message":
        this.#onMessage(event);
        break;
      case "call":
        this.#onCall(event);
        break;
      case "thought":
        this.#show(toEntry(event), this.showsThoughts);
        break;
      case "activity":
        this.#onActivity(event);
        break;
      case "control":
        this.onControl(event);
        break;
      case "connection":
        if (event.state === "up") this.#onUp();
        else this.#onDown(event.reason);
        break;
      case "notice":
        this.#show(this.#notices.entry(event, Date.now()));
        break;
      case "malformed":
        this.#show(toEntry(event));
        break;
      default:
        event satisfies never;
    }
  }

  #onMessage(message: Message): void {
    const { fact } = message;
    if (fact?.kind === "STOP" || fact?.kind === "CLEAR") return; // shown as the command that it is
    if (this.control && !fact) this.control = { ...this.control, state: "running" };
    this.floor.hear(message);
    if (this.#own.delete(message.id)) this.#options.view.refresh();
    else this.showMessage(message);
  }

  #onCall(call: CallReport): void {
    const number = this.shelf.add({ kind: "call", call });
    this.#show(callEntry(call, number), isWatched(call, this.watch));
  }

  #onActivity(activity: Activity): void {
    this.team.note(activity, Date.now());
    this.introduction.hear(activity);
    this.#options.view.refresh();
  }

  #onDown(reason: string): void {
    if (this.connection !== "down") this.problem(this.#options.redact(awayText(reason)));
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
    const control = await this.records.ask((bus, options) => bus.control(options));
    const messages = await this.records.ask((bus, options) => bus.history(options));
    if (control === undefined || messages === undefined || this.#isGreeted) return;
    this.#isGreeted = true;
    this.control = control;
    void this.meter.forecaster.look();
    for (const message of messages) this.floor.hear(message);
    const { words, last } = greeting(control, messages);
    for (const text of words) this.say(text);
    for (const message of last) this.showMessage(message);
    this.#connectionKnown.resolve();
  }

  #show(entry: Entry | undefined, isShown = true): void {
    if (entry === undefined) return;
    this.#options.transcript.record(entry);
    if (isShown) this.#options.view.show(entry);
  }
}
