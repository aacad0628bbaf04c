/**
 * A grant: what one grantor says about one change, for one run, until a time. Each grantor has a place of its own in Redis,
 * which its Redis user alone writes; who has used a grant is recorded by the role that did. Pure.
 */
import { z } from "zod";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import { parseWire, sessionShape } from "./message.ts";
import { OPERATOR, type Sender } from "./roles.ts";

/** The reviewer of changes, whose verdicts are grants. */
export const REVIEWER = "Security_Sentinel" satisfies Sender;
export const GRANTORS = [REVIEWER, OPERATOR] as const;
export type Grantor = (typeof GRANTORS)[number];

/** SHA-256 of exactly what will run, in hex. */
export const digestShape = z.string().regex(/^[0-9a-f]{64}$/);
/** As people and models name a change. */
export const MIN_NAME_CHARS = 8;

export type Grant = {
  /** The same for the same verdict, however often it is written: a spent grant does not come back. */
  id: string;
  grantor: Grantor;
  /** The digest of the change. */
  change: string;
  verdict: "approve" | "reject";
  why: Redacted;
  /** The run in which it holds: STOP and CLEAR end it. */
  session: string;
  epoch: number;
  /** In milliseconds of Redis' clock, as `until`. */
  at: number;
  until: number;
};

/** By the ids of grants: the call that has spent it. */
export type Spends = ReadonlyMap<string, string>;

export const MAX_WHY_CHARS = 4_000;
const FORMAT = 1;
const time = z.number().int().min(0).max(1e14);
const shape = z.object({
  format: z.literal(FORMAT),
  id: z.string().regex(/^[\w.-]{1,120}$/),
  grantor: z.enum(GRANTORS),
  change: digestShape,
  verdict: z.enum(["approve", "reject"]),
  why: z.string().max(MAX_WHY_CHARS),
  session: sessionShape,
  epoch: z.number().int().nonnegative(),
  at: time,
  until: time,
});

export function encodeGrant(grant: Grant): string {
  return JSON.stringify({ format: FORMAT, ...grant });
}

/** What stands in the place of `grantor` for `change`; undefined for what is none, of another format, or copied there. */
export function parseGrant(
  json: string | null | undefined,
  { grantor, change }: Pick<Grant, "grantor" | "change">,
  redactor: Redactor,
): Grant | undefined {
  const parsed = json ? shape.safeParse(parseWire(json)).data : undefined;
  if (parsed?.grantor !== grantor || parsed.change !== change) return undefined;
  const { format: _, ...grant } = parsed;
  return { ...grant, why: redactor(grant.why) };
}
