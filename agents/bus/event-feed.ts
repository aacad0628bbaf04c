/** What is seen live, handed to every listener once: it remembers what it has passed on. */
import type { ControlState } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import type { LiveEvent } from "./bus.ts";

/** Ids remembered; more than the history holds, so that catching up repeats nothing. */
const MAX_SEEN = 1_000;

export class EventFeed {
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #seen = new Set<string>();
  #control: ControlState | undefined;
  #isCaughtUp = false;
  #malformed = 0;

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: LiveEvent): void {
    if (event.kind === "message" && !this.#isNew(event)) return;
    if (event.kind === "control" && !this.#isNews(event.control)) return;
    for (const listener of this.#listeners) listener(event);
  }

  /** A message from the history: news only if it came after the first look at it. */
  emitMissed(event: Message): void {
    if (this.#isCaughtUp) this.emit(event);
    else this.#isNew(event);
  }

  caughtUp(): void {
    this.#isCaughtUp = true;
  }

  /** The polled control state: an event when it shows a command that nobody has told us of. */
  noticeControl(control: ControlState): void {
    const before = this.#control ?? control;
    this.#control = before;
    if (control.epoch <= before.epoch) return;
    this.emit({ kind: "control", command: control.session === before.session ? "STOP" : "CLEAR", control });
  }

  malformed(): void {
    this.#malformed++;
    this.emit({ kind: "malformed", count: this.#malformed });
  }

  /** A command may be heard and polled; it is told once. */
  #isNews(control: ControlState): boolean {
    const before = this.#control;
    if (before?.session === control.session && control.epoch <= before.epoch) return false;
    this.#control = control;
    return true;
  }

  #isNew({ sender, id }: Message): boolean {
    const name = `${sender}:${id}`;
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value ?? "");
    return true;
  }
}
