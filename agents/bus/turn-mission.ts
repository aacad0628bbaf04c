/** What of a turn's journal stands in the role's part of the mission as well: its deeds, and that it is at work. */
import { parseJson } from "../protocol/message.ts";
import { type Entries, MISSION } from "./journal-keys.ts";
import type { RedisCommand } from "./look.ts";
import type { JournalContext } from "./redis-fence.ts";
import { deedCommands, doneCommands, workingCommands } from "./redis-mission.ts";

export class TurnMission {
  readonly #context: JournalContext;
  /** The mission that the turn is about, once its entry is known. */
  #id: string | undefined;

  constructor(context: JournalContext) {
    this.#context = context;
  }

  /** From the entry that names it; undefined for none. */
  learn(json: string | undefined): string | undefined {
    const id = json === undefined ? undefined : parseJson(json);
    if (typeof id !== "string") return undefined;
    this.#id = id;
    return id;
  }

  /** With these entries of the journal. */
  commands(entries: Entries, now: Date): RedisCommand[] {
    const begun = this.learn(entries[MISSION]);
    const working =
      begun === undefined ? [] : workingCommands(this.#context, begun, this.#context.message.id);
    return [...deedCommands(this.#context, entries, now.getTime()), ...working];
  }

  /** With the end of the turn. */
  left(): RedisCommand[] {
    return this.#id === undefined ? [] : workingCommands(this.#context, this.#id, "");
  }

  /** With the word that ends the mission. */
  done(now: Date): RedisCommand[] {
    return this.#id === undefined ? [] : doneCommands({ id: this.#id, at: now.getTime() });
  }
}
