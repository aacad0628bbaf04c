/** Says once, in a line that stays, that all four are idle and nobody is awaited: work that ended unsaid is seen. */
import type { Bus } from "../agents/bus/bus.ts";
import type { Message } from "../agents/protocol/message.ts";
import { COORDINATOR, OPERATOR } from "../agents/protocol/roles.ts";
import { joinRedacted, type Redacted, redacted } from "../agents/redact/redacted.ts";
import { isUnattended, type Known } from "./team-state.ts";

/** From the last word to the beginning of the turn that it starts is less than this. */
const PATIENCE_MS = 4_000;

export type IdleNoticeOptions = {
  /** Whether all four are there and idle, the team may work, and neither an answer nor a new request is awaited. */
  isIdle(): boolean;
  tell(text: Redacted): void;
  signal: AbortSignal;
  patienceMs?: number;
};

export class IdleNotice {
  readonly #options: IdleNoticeOptions;
  #last: Message | undefined;
  #toldAbout = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(options: IdleNoticeOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  hear(message: Message): void {
    this.#last = message;
    this.#wait(false);
    this.look();
  }

  /** Something may have changed: once it is quiet, it must stay so for a while, however often this is asked. */
  look(): void {
    const last = this.#last;
    const isOpen = last && last.id !== this.#toldAbout && !this.#options.signal.aborted;
    this.#wait(isOpen === true && this.#options.isIdle());
  }

  #wait(isQuiet: boolean): void {
    if (!isQuiet) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else if (!this.#timer) {
      this.#timer = setTimeout(() => this.#tell(), this.#options.patienceMs ?? PATIENCE_MS);
      this.#timer.unref();
    }
  }

  #tell(): void {
    this.#timer = undefined;
    const last = this.#last;
    if (!last || !this.#options.isIdle()) return;
    this.#toldAbout = last.id;
    this.#options.tell(
      redacted`Nobody is working, and nobody is awaited. The last word was ${whose(last)}. What you say next sets the team going; without a name ${COORDINATOR} hears it.`,
    );
  }
}

type Watched = Known & { say(text: Redacted): void };

/** From now on; `watched` hears the same events before. */
export function followIdleness(watched: Watched, bus: Bus, signal: AbortSignal): void {
  const isIdle = () => isUnattended(watched, Date.now());
  const notice = new IdleNotice({ isIdle, tell: (text) => watched.say(text), signal });
  const stop = bus.watch((event) => {
    if (event.kind === "message") notice.hear(event);
    if (event.kind === "activity") notice.look();
  });
  signal.addEventListener("abort", stop, { once: true });
}

function whose({ sender, to, fact }: Message): Redacted {
  if (fact) return redacted`a record about ${sender}`;
  const speaker = sender === OPERATOR ? "yours" : redacted`${sender}'s`;
  const heard = joinRedacted(
    to.map((role) => redacted`${role}`),
    ", ",
  );
  return to.length > 0 ? redacted`${speaker}, for ${heard}` : redacted`${speaker}, for you`;
}
