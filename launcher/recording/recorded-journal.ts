/** The journal of a turn that is replayed: what today's runtime writes, for comparison. Nobody else reads it. */
import type { CutOptions, Draft, FinishOptions, TurnJournal, TurnStatus } from "../../agents/bus/bus.ts";
import type { Entries } from "../../agents/bus/journal-keys.ts";
import { operatorSpoke } from "../../agents/bus/redis-journal.ts";
import type { Message } from "../../agents/protocol/message.ts";
import { lastOf, placeOf } from "../../agents/runtime/interruptions.ts";
import type { ReplayedTurn } from "./recorded-turn.ts";

/** How the turn ended: what it said, and the fact that was told with it. */
export type End = { status: TurnStatus; reply?: Draft | undefined; fact?: Draft | undefined };

export class RecordedJournal implements TurnJournal {
  /** As it stands: found at the beginning of the run, and written since. */
  readonly entries: Map<string, string>;
  end: End | undefined;
  readonly #turn: ReplayedTurn;
  readonly #until: string | undefined;

  /** `until`: the last entry of this run, when another one came after it. */
  constructor(turn: ReplayedTurn, found: Entries, until?: string) {
    this.#turn = turn;
    this.entries = new Map(Object.entries(found));
    this.#until = until;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    return new Map(this.entries);
  }

  async record(entries: Entries): Promise<void> {
    const { turn, isCutShort } = this.#turn;
    const isNew = (key: string) => placeOf(key) > 0 && !turn.entries.has(key);
    if (isCutShort && Object.keys(entries).some(isNew)) this.#turn.cut();
    this.#write(entries);
    if (this.#until !== undefined && this.#reaches(this.#until)) this.#turn.cut(false);
  }

  async finish(
    status: TurnStatus,
    reply: Draft | undefined,
    { entries = {}, fact, unlessOperatorSpoke }: FinishOptions,
  ): Promise<Message | undefined> {
    const { turn, step, isCutShort } = this.#turn;
    if (unlessOperatorSpoke && turn.entries.has(`heard:${step}`)) throw operatorSpoke();
    this.#write(entries);
    const isBeyond = isCutShort && status !== "failed" && this.#reaches(lastOf([...turn.entries.keys()]));
    if (isBeyond) this.#turn.cut();
    this.end = { status, reply, fact };
    return undefined;
  }

  async cancel(_: string, { fact }: CutOptions): Promise<void> {
    this.end = { status: "cancelled", fact };
  }

  async bury(_: string, { fact }: CutOptions): Promise<void> {
    this.end = { status: "dead", fact };
  }

  #write(entries: Entries): void {
    for (const [key, json] of Object.entries(entries)) this.entries.set(key, json);
  }

  #reaches(key: string): boolean {
    return placeOf(lastOf([...this.entries.keys()])) >= placeOf(key);
  }
}
