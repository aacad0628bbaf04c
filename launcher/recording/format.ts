/**
 * A recorded session as a file: a line of JSON for each thing that happened, each with a digest of itself, a header
 * before them and an end behind them that tells how many there are. Pure.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { messageIdShape, messageShape, parseJson, sessionShape } from "../../agents/protocol/message.ts";
import { ROLES } from "../../agents/protocol/roles.ts";

/** Of these lines; another one is not read. */
export const RECORDING_FORMAT = 1;
/** Of one line: an entry of a journal with its text, escaped. */
export const MAX_LINE_CHARS = 8_000_000;

const role = z.enum(ROLES);
const text = z.string().max(MAX_LINE_CHARS);
const turn = { role, message: messageIdShape };

const shapes = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("header"),
    format: z.literal(RECORDING_FORMAT),
    session: sessionShape,
    exported: text,
  }),
  /** `entry`: where it stands in the stream of its sender. */
  z.object({ kind: z.literal("message"), entry: z.string().regex(/^\d+-\d+$/), message: messageShape }),
  /** One entry of the journal of a turn: `reply:2`, `intent:2.1`, `status`; `value` is JSON, or the word itself. */
  z.object({ kind: z.literal("entry"), ...turn, key: z.string().max(100), value: z.unknown() }),
  /** What a turn has cost. */
  z.object({ kind: z.literal("spent"), ...turn, value: z.unknown() }),
  /** Of the team, if this was its session when it was exported. */
  z.object({ kind: z.literal("control"), session: sessionShape, epoch: z.number(), state: text }),
  z.object({ kind: z.literal("end"), lines: z.number().int().nonnegative() }),
]);

export type Line = z.infer<typeof shapes>;
/** `line` counts from 0; `isAltered`: it is not what was written. */
export type ReadLine = { line: number; isAltered: boolean; what: Line };

/** Without a line break. */
export function encodeLine(line: number, what: Line): string {
  return JSON.stringify({ line, digest: digestOf(line, what), ...what });
}

/** Undefined for what is no line of a recording. */
export function decodeLine(json: string): ReadLine | undefined {
  const value = json.length > MAX_LINE_CHARS ? undefined : parseJson(json);
  if (typeof value !== "object" || value === null) return undefined;
  const { line, digest, ...what } = value as Record<string, unknown>;
  const parsed = shapes.safeParse(what);
  if (!parsed.success || typeof line !== "number") return undefined;
  return { line, isAltered: digest !== digestOf(line, what), what: parsed.data };
}

function digestOf(line: number, what: object): string {
  return createHash("sha256")
    .update(JSON.stringify([line, what]))
    .digest("hex")
    .slice(0, 32);
}
