/**
 * The mission in Redis: a head and a part that the operator's user alone writes, together with his message; a part for each
 * role, which it writes under its lease; and the coordinator's mark of what is done.
 */

import { AppError } from "../base/errors.ts";
import { type Message, parseJson } from "../protocol/message.ts";
import {
  type DoneMark,
  type Fields,
  isOpen,
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
import type { Redactor } from "../redact/redact.ts";
import { leaseLostError, type Missions, type NewRuling, type WaitOptions } from "./bus.ts";
import type { Entries } from "./journal-keys.ts";
import type { RedisCommand } from "./look.ts";
import { pairsOf } from "./redis-replies.ts";
import {
  CONTROL_KEY,
  leaseKey,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
} from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

export const missionKey = (sender: Sender) => `mission:${sender}`;
export const missionPart = (sender: Sender, id: string) => `mission:${sender}:${id}`;

const HEAD = missionKey(OPERATOR);
const DONE = missionKey(COORDINATOR);
export const MISSION_KEYS = [HEAD, DONE] as const;
export const READ_MISSION: readonly RedisCommand[] = [
  ["HGETALL", HEAD],
  ["HGETALL", DONE],
];

/** From the replies to READ_MISSION. */
export function stateOf([head, done]: readonly unknown[]): MissionState {
  return parseState(toFields(head), toFields(done));
}

function toFields(reply: unknown): Fields {
  return Object.fromEntries(pairsOf(reply));
}

function setFields(key: string, fields: Fields, keepMs?: number): RedisCommand[] {
  const flat = Object.entries(fields).flat();
  if (flat.length === 0) return [];
  const set: RedisCommand = ["HSET", key, ...flat];
  return keepMs === undefined ? [set] : [set, ["PEXPIRE", key, Math.floor(keepMs)]];
}

/** What the operator's message adds to his mission. */
export function textCommands(state: MissionState, message: Message, keepMs: number): RedisCommand[] {
  const { missionId, head, part } = withText(state, message);
  return [...setFields(HEAD, head), ...setFields(missionPart(OPERATOR, missionId), part, keepMs)];
}

type Turn = { role: Role; keepMs: number };

/** Entries of a journal that are deeds, and its mission, in the role's part; `now` in milliseconds. */
export function deedCommands({ role, keepMs }: Turn, entries: Entries, now: number): RedisCommand[] {
  return Object.entries(entries).flatMap(([field, json]) => {
    const deed = field.startsWith("deed:") ? (parseJson(json) as { mission: string }) : undefined;
    if (!deed) return [];
    return setFields(
      missionPart(role, deed.mission),
      { [field]: JSON.stringify({ ...deed, at: now }) },
      keepMs,
    );
  });
}

/** `message` is at work on the mission; "" when it is not any more. */
export function workingCommands({ role, keepMs }: Turn, mission: string, message: string): RedisCommand[] {
  return setFields(missionPart(role, mission), { [WORKING]: message }, keepMs);
}

/** With the coordinator's last word. */
export function doneCommands(mark: DoneMark): RedisCommand[] {
  return setFields(DONE, { id: mark.id, at: String(mark.at) });
}

type Records = { store: RedisStore; redactor: Redactor };

export async function readMissionIn(records: Records, { signal }: WaitOptions): Promise<Mission | undefined> {
  const words = await wordsIn(records, { signal });
  if (!words) return undefined;
  const replies = await records.store.pipeline(
    SENDERS.map((sender) => ["HGETALL", missionPart(sender, words.id)] as const),
  );
  const parts = Object.fromEntries(SENDERS.map((sender, at) => [sender, toFields(replies[at])]));
  return readMission(words, parts as Record<Sender, Fields>, records.redactor);
}

async function wordsIn(
  { store, redactor }: Records,
  { signal }: WaitOptions,
): Promise<MissionWords | undefined> {
  signal.throwIfAborted();
  const [control, ...replies] = await store.pipeline([READ_CONTROL, ...READ_MISSION]);
  const [state, session] = [stateOf(replies), parseControlState(control)?.session];
  if (!state.head || session === undefined) return undefined;
  const part = toFields(await store.command(["HGETALL", missionPart(OPERATOR, state.head.id)]));
  return readWords(state, { part, session, redactor });
}

export type DeskOptions = Records & Turn & { lease: string };

/** What a role reads and writes of it. */
export class RedisMissionDesk implements MissionDesk {
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  async words(options: WaitOptions): Promise<MissionWords | undefined> {
    return await wordsIn(this.#options, options);
  }

  async read(options: WaitOptions): Promise<Mission | undefined> {
    return await readMissionIn(this.#options, options);
  }

  async record(missionId: string, fieldsAt: (now: number) => Fields, { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    const { store, role, lease, keepMs } = this.#options;
    const reads: RedisCommand[] = [["GET", leaseKey(role)], READ_TIME, READ_CONTROL, ...READ_MISSION];
    await store.transact({ watch: [leaseKey(role), CONTROL_KEY, ...MISSION_KEYS], reads }, (replies) => {
      const [holder, time, control, ...mission] = replies;
      if (holder !== lease) throw leaseLostError(role);
      assertOpen(stateOf(mission), missionId, parseControlState(control)?.session ?? "");
      const fields = fieldsAt(parseTime(time).getTime());
      return { result: undefined, write: setFields(missionPart(role, missionId), fields, keepMs) };
    });
  }
}

export function assertOpen(state: MissionState, missionId: string, session: string): void {
  if (state.head?.id !== missionId || !isOpen(state, session))
    throw new AppError("stale", "this mission is over: what belongs to it is not recorded any more");
}

/** The operator's hand. */
export function redisMissions(
  store: RedisStore,
  { redactor, keepMs }: Omit<DeskOptions, "role" | "lease" | "store">,
): Missions {
  return {
    read: (options) => readMissionIn({ store, redactor }, options),
    async rule(missionId: string, ruling: NewRuling, { signal }) {
      signal.throwIfAborted();
      await store.transact(
        { watch: MISSION_KEYS, reads: [READ_TIME, ...READ_MISSION] },
        ([time, ...mission]) => {
          if (stateOf(mission).head?.id !== missionId)
            throw new AppError("stale", "another mission has begun");
          const at = parseTime(time).getTime();
          const fields = { [rulingField(ruling.criterion)]: JSON.stringify({ ...ruling, at }) };
          const reopened = ruling.kind === "accept" ? [] : setFields(HEAD, { reopened: String(at + 1) });
          return {
            result: undefined,
            write: [...setFields(missionPart(OPERATOR, missionId), fields, keepMs), ...reopened],
          };
        },
      );
    },
    async close({ signal }) {
      signal.throwIfAborted();
      await store.transact({ watch: MISSION_KEYS, reads: READ_MISSION }, (mission) => {
        const id = stateOf(mission).head?.id;
        return id === undefined
          ? { result: undefined }
          : { result: undefined, write: setFields(HEAD, { closed: id }) };
      });
    },
  };
}
