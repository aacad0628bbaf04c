/**
 * One role at work: takes in what is addressed to it, handles one message at a time, stops when the operator
 * says so. It knows the bus and the turn; what a turn does is turn.ts.
 */
import { AppError, describeError, isAppError } from "../base/errors.ts";
import type { Delivery, LiveEvent, TurnJournal } from "../bus/bus.ts";
import { type ControlState, isCurrent } from "../protocol/control.ts";
import { MAX_CONTENT_CHARS, type Message, newMessageId } from "../protocol/message.ts";
import { type Redacted, redacted, sliceRedacted } from "../redact/redacted.ts";
import type { AgentOptions } from "./agent-options.ts";
import type { TurnEnd } from "./events.ts";
import { addressees } from "./final-reply.ts";
import { Inbox } from "./inbox.ts";
import { isHopeless, MAX_INTERRUPTIONS } from "./interruptions.ts";
import { JournalWriter } from "./journal-writer.ts";
import { Pause } from "./pause.ts";
import { untilUp } from "./until-up.ts";

/** What Redis holds when a turn begins. */
type Known = { history: readonly Message[]; entries: ReadonlyMap<string, string> };

export class Agent {
  readonly inbox = new Inbox();
  readonly #options: AgentOptions;
  readonly #pause = new Pause();
  #running: { epoch: number; controller: AbortController } | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  /** Until `signal` aborts. A turn that is cut short by it stays pending and is resumed at the next start. */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const ending = AbortSignal.any([signal, failed.signal]);
    const unwatch = this.#options.bus.watch((event) => this.#hear(event));
    try {
      await this.#learnPause(signal);
      const parts = [this.#receive(ending), this.#work(ending)];
      // each ends what it is at before the bus is closed
      await Promise.all(parts.map((part) => part.catch((error: unknown) => failed.abort(error))));
      failed.signal.throwIfAborted();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      unwatch();
    }
  }

  #hear(event: LiveEvent): void {
    if (event.kind === "control") this.#obey(event.control, event.command);
    if (event.kind === "message") this.#pause.hear(event);
    if (event.kind === "control" || event.kind === "message") this.inbox.pause(this.#pause.isPaused);
  }

  #obey(control: ControlState, command: string): void {
    this.#pause.reset(control.epoch);
    if (this.#running && this.#running.epoch < control.epoch) {
      this.#running.controller.abort(new AppError("cancelled", `${command} by the operator`));
    }
    this.#options.onReset();
  }

  async #learnPause(signal: AbortSignal): Promise<void> {
    const history = await untilUp(() => this.#options.bus.history({ signal }), signal);
    for (const message of history) this.#pause.hear(message);
    this.inbox.pause(this.#pause.isPaused);
  }

  async #receive(signal: AbortSignal): Promise<void> {
    for (;;) {
      const deliveries = await untilUp(() => this.#options.mailbox.receive({ signal }), signal);
      await this.#endStopped(deliveries, signal);
      this.inbox.add(deliveries);
    }
  }

  /** What STOP could not reach, because there was no agent, ends now and not when its message has its turn. */
  async #endStopped(deliveries: readonly Delivery[], signal: AbortSignal): Promise<void> {
    const resumed = deliveries.filter((delivery) => delivery.deliveries > 1);
    if (resumed.length === 0) return;
    const control = await untilUp(() => this.#options.bus.control({ signal }), signal);
    for (const { message } of resumed) if (!isCurrent(message, control)) await this.#options.onOver(message);
  }

  async #work(signal: AbortSignal): Promise<void> {
    await this.#options.ready(signal);
    for (;;) {
      const delivery = await this.inbox.take(signal);
      this.inbox.settle(delivery, { isOver: await this.#handle(delivery, signal) });
    }
  }

  /** False when the message still has a turn ahead of it, by whoever holds the role then. */
  async #handle(delivery: Delivery, signal: AbortSignal): Promise<boolean> {
    const { mailbox } = this.#options;
    const { message } = delivery;
    const journal = mailbox.journal(message);
    const controller = new AbortController();
    this.#running = { epoch: message.epoch, controller };
    const lost = AbortSignal.any([signal, mailbox.leaseLost()]);
    const turnSignal = AbortSignal.any([lost, controller.signal]);
    try {
      const { control, ...known } = await this.#whatIsKnown(journal, turnSignal);
      if (!isCurrent(message, control)) {
        await journal.cancel(redacted`it belongs to a run that the operator ended`, { signal });
      } else if (await isHopeless(delivery, journal, { entries: known.entries, signal: turnSignal })) {
        await this.#giveUp(message, journal, turnSignal);
      } else await this.#runTurn(delivery, journal, { ...known, signal: turnSignal });
    } catch (error) {
      if (lost.aborted)
        this.#options.log.info({ message: message.id }, "turn interrupted; it is resumed later");
      const cause = this.#options.redactor(describeError(controller.signal.reason ?? error));
      if (lost.aborted || !(await this.#cancel(message, journal, { cause, signal }))) return false;
    } finally {
      this.#running = undefined;
    }
    await this.#options.onOver(message);
    return true;
  }

  /** All that is asked of the bus before a turn, at once: each answer is a round trip. */
  async #whatIsKnown(journal: TurnJournal, signal: AbortSignal): Promise<Known & { control: ControlState }> {
    const { bus } = this.#options;
    const [control, history, entries] = await Promise.all([
      untilUp(() => bus.control({ signal }), signal),
      untilUp(() => bus.history({ signal }), signal),
      journal.read({ signal }),
    ]);
    return { control, history, entries };
  }

  async #giveUp(message: Message, journal: TurnJournal, signal: AbortSignal): Promise<void> {
    const cause = redacted`its turn was interrupted ${MAX_INTERRUPTIONS} times`;
    await journal.bury(cause, { signal });
    this.#options.emit({ kind: "turn_ended", message, status: "dead", detail: cause });
    const { sender } = message;
    const id = this.#options.redactor(message.id);
    this.notice(
      redacted`I gave up a message of ${sender} (${id}): ${cause}. /dead shows it, and sends it again.`,
    );
  }

  async #runTurn(
    delivery: Delivery,
    journal: TurnJournal,
    { history, entries, signal }: Known & { signal: AbortSignal },
  ): Promise<void> {
    const { role, turn, emit } = this.#options;
    const { message } = delivery;
    const writer = new JournalWriter(journal, entries);
    const work = { delivery, journal: writer, history, signal };
    const end = await this.#orFailure(() => turn(work), signal);
    const text = sliceRedacted(end.text, 0, MAX_CONTENT_CHARS);
    const reply = { id: newMessageId(role), sender: role, content: text, ...addressees(role, message, text) };
    await journal.finish(end.status, text ? reply : undefined, { signal, entries: end.entries ?? {} });
    emit({ kind: "turn_ended", message, status: end.status, detail: redacted`` });
  }

  /** What nobody in the channel can mend is told to the operator, and is never a message that others act on. */
  async #orFailure(turn: () => Promise<TurnEnd>, signal: AbortSignal): Promise<TurnEnd> {
    try {
      return await turn();
    } catch (error) {
      if (signal.aborted || isAppError(error, "stale")) throw error;
      this.#options.log.error({ err: error }, "turn failed");
      const cause = this.#options.redactor(describeError(error));
      this.notice(redacted`my turn failed: ${cause}. Mend it and send a message to go on.`);
      return { status: "failed", text: redacted`` };
    }
  }

  /** False when a successor has it. */
  async #cancel(
    message: Message,
    journal: TurnJournal,
    { cause, signal }: { cause: Redacted; signal: AbortSignal },
  ): Promise<boolean> {
    try {
      await journal.cancel(cause, { signal });
    } catch (error) {
      if (isAppError(error, "stale")) return false;
      throw error;
    }
    this.#options.emit({ kind: "turn_ended", message, status: "cancelled", detail: cause });
    return true;
  }

  /** Tell the operator; no role acts on it. */
  notice(content: Redacted): void {
    const { bus, role } = this.#options;
    const timestamp = new Date().toISOString();
    bus.show({ kind: "notice", source: role, content, timestamp });
  }
}
