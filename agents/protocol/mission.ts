/**
 * The mission as it is recorded: the operator's words, which nobody else can write, and what each role adds in a part of
 * its own. Each text is in the digest of all before it. Pure: shapes, and what a new text makes of them.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import {
  type Check,
  type Criterion,
  checkShape,
  criterionShape,
  type Ruling,
  rulingShape,
} from "./criterion.ts";
import { type Deed, deedShape } from "./deed.ts";
import { type Message, parseWire } from "./message.ts";
import { OPERATOR, ROLES, type Role, SENDERS, type Sender } from "./roles.ts";

/** `id`: of the message that it was. */
export type MissionText = { id: string; at: string; text: Redacted };
/** How often `[DONE]` was refused since the operator's last text, which was number `texts`. */
export type Refused = { count: number; texts: number };

export type MissionWords = {
  id: string;
  session: string;
  /** SHA-256 in hex, over all texts as they were recorded. */
  hash: string;
  /** False once it is done, closed by the operator, or of a session that CLEAR ended. */
  isOpen: boolean;
  texts: MissionText[];
};
export type Mission = MissionWords & {
  criteria: Criterion[];
  checks: Check[];
  rulings: Ruling[];
  deeds: Deed[];
  /** Who has a turn that has not ended. */
  working: Role[];
  refused: Refused;
};

/** A record of Redis: names to texts. */
export type Fields = Readonly<Record<string, string>>;
export type MissionHead = {
  id: string;
  session: string;
  count: number;
  hash: string;
  closed: string;
  reopened: number;
};
/** By the coordinator's hand alone: which mission was done last, and when, in milliseconds of Redis' clock. */
export type DoneMark = { id: string; at: number };
export type MissionState = { head: MissionHead | undefined; done: DoneMark | undefined };

/** Fields of a part: the coordinator's, and those of each role. */
export const CRITERIA = "criteria";
export const REFUSED = "refused";
export const WORKING = "working";
export const checkField = (criterion: string) => `check:${criterion}`;
export const rulingField = (criterion: string) => `ruling:${criterion}`;
export const deedField = (messageId: string, call: string) => `deed:${messageId}:${call}`;
const textField = (n: number) => `text:${n}`;

const NO_HASH = "0".repeat(64);
const count = z.coerce.number().int().min(0).max(1e15);
const headShape = z.object({
  ...{ id: z.string().min(1).max(64), session: z.string().max(64), count, hash: z.string().length(64) },
  ...{ closed: z.string().max(64).default(""), reopened: count.default(0) },
});
const doneShape = z.object({ id: z.string().min(1).max(64), at: count });
const textShape = z.object({ id: z.string().max(100), at: z.string().max(40), text: z.string() });
const refusedShape = z.object({ count, texts: count });

export function parseState(head: Fields, done: Fields): MissionState {
  return { head: headShape.safeParse(head).data, done: doneShape.safeParse(done).data };
}

export function isOpen({ head, done }: MissionState, session: string): boolean {
  if (!head || head.closed === head.id || head.session !== session) return false;
  return done?.id !== head.id || done.at < head.reopened;
}

/** The operator's message goes on with the open mission, or begins one: what is written of him, as head and part. */
export function withText(
  state: MissionState,
  { id, content, timestamp, session }: Message,
): { missionId: string; head: Fields; part: Fields } {
  const open = isOpen(state, session) ? state.head : undefined;
  const missionId = open?.id ?? (id.split(".")[0] as string);
  const n = (open?.count ?? 0) + 1;
  const text = JSON.stringify({ id, at: timestamp, text: content });
  const head = { id: missionId, session, count: String(n), hash: hashWith(open?.hash ?? NO_HASH, text) };
  return {
    missionId,
    head: { ...head, closed: "", reopened: String(open?.reopened ?? 0) },
    part: { [textField(n)]: text },
  };
}

function hashWith(before: string, text: string): string {
  return createHash("sha256").update(`${before}\n${text}`).digest("hex");
}

/** Undefined before the first one. AppError `bad_config` when its texts are not those that the head was made of. */
export function readWords(
  { head, done }: MissionState,
  { part, session, redactor }: { part: Fields; session: string; redactor: Redactor },
): MissionWords | undefined {
  if (!head) return undefined;
  const jsons = Array.from(
    { length: Math.min(head.count, MAX_TEXTS) },
    (_, at) => part[textField(at + 1)] ?? "",
  );
  if (head.hash !== jsons.reduce(hashWith, NO_HASH))
    throw new AppError(
      "bad_config",
      "the mission in Redis is not what the operator has said: its digest differs",
    );
  const texts = jsons.flatMap((json) => {
    const { data } = textShape.safeParse(parseWire(json));
    return data ? [{ ...data, text: redactor(data.text) }] : [];
  });
  return {
    id: head.id,
    session: head.session,
    hash: head.hash,
    isOpen: isOpen({ head, done }, session),
    texts,
  };
}

/** Nobody types as many. */
const MAX_TEXTS = 100_000;

export function readMission(
  words: MissionWords,
  parts: Readonly<Record<Sender, Fields>>,
  redactor: Redactor,
): Mission {
  const all = <T>(sender: Sender, prefix: string, shape: z.ZodType<T>): T[] =>
    Object.entries(parts[sender]).flatMap(([field, json]) =>
      field.startsWith(prefix) ? (shape.safeParse(parseWire(json)).data ?? []) : [],
    );
  const coordinators = parts.Architect_Zero;
  const criteria = z.array(criterionShape(redactor)).safeParse(parseWire(coordinators[CRITERIA] ?? "[]"));
  const refused = refusedShape.safeParse(parseWire(coordinators[REFUSED] ?? "")).data;
  return {
    ...words,
    criteria: criteria.data ?? [],
    checks: all("QA_Tester", "check:", checkShape(redactor)),
    rulings: all(OPERATOR, "ruling:", rulingShape(redactor)),
    deeds: SENDERS.flatMap((sender) => all(sender, "deed:", deedShape(redactor))),
    working: ROLES.filter((role) => (parts[role][WORKING] ?? "") !== ""),
    refused: refused?.texts === words.texts.length ? refused : { count: 0, texts: words.texts.length },
  };
}

/** A role's hand on the mission: each write is refused with `stale` when the lease has gone, or another mission has begun. */
export interface MissionDesk {
  /** The operator's words; undefined before his first. AppError `bad_config` when they are not what was recorded. */
  words(options: { signal: AbortSignal }): Promise<MissionWords | undefined>;
  read(options: { signal: AbortSignal }): Promise<Mission | undefined>;
  /** In the role's own part; `now` in milliseconds of the one clock. */
  record(
    missionId: string,
    fieldsAt: (now: number) => Fields,
    options: { signal: AbortSignal },
  ): Promise<void>;
}
