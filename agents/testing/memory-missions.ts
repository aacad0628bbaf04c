/** The mission inside one process: the records of redis-mission.ts as maps; see memory-bus.ts. */
import type { Missions, NewRuling } from "../bus/bus.ts";
import { DONE, type Entries, MISSION } from "../bus/journal-keys.ts";
import { assertOpen, missionKey, missionPart } from "../bus/redis-mission.ts";
import { type Message, parseJson } from "../protocol/message.ts";
import {
  type Fields,
  type Mission,
  type MissionDesk,
  type MissionState,
  type MissionWords,
  parseState,
  readMission,
  readWords,
  rulingField,
  WORKING,
  withText,
} from "../protocol/mission.ts";
import { COORDINATOR, OPERATOR, type Role, SENDERS, type Sender } from "../protocol/roles.ts";
import { createRedactor } from "../redact/redact.ts";

const redactor = createRedactor([]);

export class MemoryMissions implements Missions {
  readonly #records = new Map<string, Fields>();
  readonly #session: () => string;

  constructor(session: () => string) {
    this.#session = session;
  }

  /** A message of the operator. */
  hear(message: Message): void {
    const { missionId, head, part } = withText(this.#state(), message);
    this.#set(missionKey(OPERATOR), head);
    this.#set(missionPart(OPERATOR, missionId), part);
  }

  async read(): Promise<Mission | undefined> {
    const words = this.words();
    const parts = SENDERS.map((sender) => [sender, this.#get(missionPart(sender, words?.id ?? ""))]);
    return words && readMission(words, Object.fromEntries(parts) as Record<Sender, Fields>, redactor);
  }

  words(): MissionWords | undefined {
    const state = this.#state();
    const part = this.#get(missionPart(OPERATOR, state.head?.id ?? ""));
    return readWords(state, { part, session: this.#session(), redactor });
  }

  async rule(missionId: string, ruling: NewRuling): Promise<void> {
    const at = Date.now();
    const fields = { [rulingField(ruling.criterion)]: JSON.stringify({ ...ruling, at }) };
    this.#set(missionPart(OPERATOR, missionId), fields);
    if (ruling.kind !== "accept") this.#set(missionKey(OPERATOR), { reopened: String(at + 1) });
  }

  async close(): Promise<void> {
    const id = this.#state().head?.id;
    if (id !== undefined) this.#set(missionKey(OPERATOR), { closed: id });
  }

  desk(role: Role, leaseLost: AbortSignal): MissionDesk {
    return {
      words: async () => this.words(),
      read: async () => await this.read(),
      record: async (missionId, fieldsAt) => {
        leaseLost.throwIfAborted();
        assertOpen(this.#state(), missionId, this.#session());
        this.#set(missionPart(role, missionId), fieldsAt(Date.now()));
      },
    };
  }

  /** What a journal writes beside itself. */
  note(role: Role, entries: Entries, message: Message): void {
    for (const [field, json] of Object.entries(entries)) {
      if (!field.startsWith("deed:")) continue;
      const deed = parseJson(json) as { mission: string };
      this.#set(missionPart(role, deed.mission), { [field]: JSON.stringify({ ...deed, at: Date.now() }) });
    }
    if (entries[MISSION])
      this.#set(missionPart(role, JSON.parse(entries[MISSION])), { [WORKING]: message.id });
  }

  /** The end of a turn, of whose journal these are all entries. */
  end(role: Role, entries: ReadonlyMap<string, string>): void {
    const json = entries.get(MISSION);
    if (json === undefined) return;
    const id = JSON.parse(json) as string;
    this.#set(missionPart(role, id), { [WORKING]: "" });
    if (entries.has(DONE)) this.#set(missionKey(COORDINATOR), { id, at: String(Date.now()) });
  }

  #state(): MissionState {
    return parseState(this.#get(missionKey(OPERATOR)), this.#get(missionKey(COORDINATOR)));
  }

  #get(key: string): Fields {
    return this.#records.get(key) ?? {};
  }

  #set(key: string, fields: Fields): void {
    this.#records.set(key, { ...this.#get(key), ...fields });
  }
}
