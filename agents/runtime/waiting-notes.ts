/** Tells whoever speaks to a busy role that its message waits, behind what and since when; once a sender and turn. */
import type { Bus, Delivery } from "../bus/bus.ts";
import { isCurrent } from "../protocol/control.ts";
import type { Message } from "../protocol/message.ts";
import { OPERATOR, type Role, type Sender } from "../protocol/roles.ts";
import { waitsFact } from "./facts.ts";

/** What is answered sooner has not waited. */
const PATIENCE_MS = 500;

type Work = { message: Message; since: Date; told: Set<Sender> };
type NotesOptions = { bus: Bus; role: Role; patienceMs?: number };

export class WaitingNotes {
  readonly #options: NotesOptions;
  #work: Work | undefined;

  constructor(options: NotesOptions) {
    this.#options = options;
  }

  begin(message: Message): void {
    this.#work = { message, since: new Date(), told: new Set() };
  }

  end(): void {
    this.#work = undefined;
  }

  /** What has just come in. The operator is heard by the turn at work. */
  tell(deliveries: readonly Delivery[]): void {
    const work = this.#work;
    for (const { message, isAgain } of deliveries) {
      const isNews = !isAgain && message.sender !== OPERATOR && message.id !== work?.message.id;
      if (!work || !isNews || !isCurrent(message, { ...work.message, state: "running" })) continue;
      const tell = () => this.#tellOnce(work, message);
      setTimeout(tell, this.#options.patienceMs ?? PATIENCE_MS).unref();
    }
  }

  #tellOnce(work: Work, waiting: Message): void {
    if (this.#work !== work || work.told.has(waiting.sender)) return;
    work.told.add(waiting.sender);
    const { bus, role } = this.#options;
    const fact = waitsFact({ role, waiting, atWork: work.message, since: work.since });
    bus.send(fact, { signal: AbortSignal.timeout(5_000) }).catch(() => {}); // after STOP, or while Redis is away, nobody waits for it
  }
}
