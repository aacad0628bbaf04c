/**
 * One role at work: takes in what is addressed to it, handles one message at a time, stops when the operator
 * says so. It knows the bus and the turn; what a turn does is turn.ts.
 */
import { AppError, describeError } from "../base/errors.ts";
import type { Delivery, LiveEvent, TurnJournal } from "../bus/bus.ts";
import type { RecordedTurn } from "../bus/journal-keys.ts";
import { type ControlState, isCurrent } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import type { AgentOptions } from "./agent-options.ts";
import { type Course, cancelTurn, giveUp, runOpenTurn } from "./course-of-turn.ts";
import { Inbox, type Settled } from "./inbox.ts";
import { isHopeless, newLife, noteLife } from "./interruptions.ts";
import { OpenTurn } from "./open-turn.ts";
import { Pause } from "./pause.ts";
import { untilUp } from "./until-up.ts";
import { WaitingNotes } from "./waiting-notes.ts";

/** What Redis holds when a turn begins. */
type Known = {
  control: ControlState;
  history: readonly Message[];
  entries: ReadonlyMap<string, string>;
  past: readonly RecordedTurn[];
};

export class Agent {
  readonly inbox = new Inbox();
  readonly #options: AgentOptions;
  readonly #course: Course;
  readonly #waiting: WaitingNotes;
  readonly #pause = new Pause();
  readonly #life = newLife();
  #running: { epoch: number; controller: AbortController } | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#course = { ...options, notice: (content) => this.notice(content) };
    this.#waiting = new WaitingNotes(options);
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
      this.inbox.add(deliveries, await this.#lookBack(deliveries, signal));
      this.#waiting.tell(deliveries);
    }
  }

  /**
   * What STOP could not reach, because there was no agent, ends now and not when its message has its turn. The id of the
   * message whose turn was begun, if there is one.
   */
  async #lookBack(deliveries: readonly Delivery[], signal: AbortSignal): Promise<string | undefined> {
    const resumed = deliveries.filter(({ isAgain }) => isAgain);
    if (resumed.length === 0) return undefined;
    const control = await untilUp(() => this.#options.bus.control({ signal }), signal);
    const passed = resumed.filter(({ message }) => !isCurrent(message, control));
    for (const { message } of passed) await this.#options.onOver(message);
    const current = resumed.filter((delivery) => !passed.includes(delivery));
    if (current.length < 2) return undefined; // nothing could come before it
    const begun = await Promise.all(
      current.map(
        async ({ message }) => (await this.#options.mailbox.journal(message).read({ signal })).size > 0,
      ),
    );
    return current[begun.indexOf(true)]?.message.id;
  }

  async #work(signal: AbortSignal): Promise<void> {
    await this.#options.ready(signal);
    for (;;) {
      const delivery = await this.inbox.take(signal);
      this.inbox.settle(delivery, await this.#handle(delivery, signal));
    }
  }

  /** What has no turn ahead of it any more; the rest has, by whoever holds the role then. */
  async #handle(delivery: Delivery, signal: AbortSignal): Promise<Settled> {
    const { mailbox, role, redactor } = this.#options;
    const { message } = delivery;
    const journal = mailbox.journal(message);
    const controller = new AbortController();
    this.#running = { epoch: message.epoch, controller };
    this.#waiting.begin(message);
    const lost = AbortSignal.any([signal, mailbox.leaseLost()]);
    const turnSignal = AbortSignal.any([lost, controller.signal]);
    let open: OpenTurn | undefined;
    let isAllOver = false;
    try {
      const { control, entries, ...known } = await this.#whatIsKnown(journal, turnSignal);
      const parts = { role, delivery, journal, entries, redactor };
      if (!isCurrent(message, control)) {
        await this.#cancelPassed(new OpenTurn(parts), signal);
      } else if (await isHopeless(delivery, journal, { entries, signal: turnSignal })) {
        await giveUp(this.#course, new OpenTurn(parts), turnSignal);
      } else {
        open = new OpenTurn({ ...parts, inbox: this.inbox });
        noteLife(open.journal, { agent: this.#life, entries, history: known.history });
        await runOpenTurn(this.#course, open, { ...known, signal: turnSignal });
        isAllOver = true;
      }
    } catch (error) {
      if (lost.aborted)
        this.#options.log.info({ message: message.id }, "turn interrupted; it is resumed later");
      const cause = redactor(describeError(controller.signal.reason ?? error));
      const cancel = () => (open ? open.cancel(cause, signal) : journal.cancel(cause, { signal }));
      if (lost.aborted || !(await cancelTurn(this.#course, cancel, { message, cause })))
        return { isOver: false, isAllOver };
    } finally {
      this.#running = undefined;
      this.#waiting.end();
    }
    for (const each of isAllOver && open ? open.answered : [message]) await this.#options.onOver(each);
    return { isOver: true, isAllOver };
  }

  /** It waited while the operator ended its run; what an earlier life had begun of it is a fact. */
  async #cancelPassed(passed: OpenTurn, signal: AbortSignal): Promise<void> {
    await passed.cancel(redacted`it belongs to a run that the operator ended`, signal);
  }

  /** All that is asked of the bus before a turn, at once: each answer is a round trip. */
  async #whatIsKnown(journal: TurnJournal, signal: AbortSignal): Promise<Known> {
    const { bus, mailbox } = this.#options;
    const [control, history, entries, past] = await Promise.all([
      untilUp(() => bus.control({ signal }), signal),
      untilUp(() => bus.history({ signal }), signal),
      journal.read({ signal }),
      mailbox.thread({ signal }),
    ]);
    return { control, history, entries, past };
  }

  /** Tell the operator; no role acts on it. */
  notice(content: Redacted): void {
    const { bus, role } = this.#options;
    const timestamp = new Date().toISOString();
    bus.show({ kind: "notice", source: role, content, timestamp });
  }
}
