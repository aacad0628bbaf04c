/** The operator's record of the guests that he has named in the console. Pure. */
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { type Guest, MAX_GUESTS } from "../base/guests.ts";
import { parseWire } from "./message.ts";

const FORMAT = 1;
const word = z.string().min(1).max(64);
const guest = z.strictObject({
  ...{ name: word, host: word, user: word, via: word.optional() },
  port: z.int().min(1).max(65_535),
  since: z.number().min(0).max(1e14),
});
const shape = z.strictObject({ format: z.literal(FORMAT), guests: z.array(guest).max(MAX_GUESTS) });

/** AppError `bad_config` for what is no such record, or one of another format: nobody guesses which hosts are meant. */
export function parseGuestRecord(json: string | null | undefined): Guest[] {
  if (json === null || json === undefined) return [];
  const record = shape.safeParse(parseWire(json));
  if (record.success) return record.data.guests;
  throw new AppError(
    "bad_config",
    `Redis holds a record of guests that is not of format ${FORMAT}: name them again with /host add, or run the version that wrote it.`,
  );
}

/** AppError `bad_arguments` for more guests than a record holds. */
export function encodeGuestRecord(guests: readonly Guest[]): string {
  if (guests.length > MAX_GUESTS)
    throw new AppError("bad_arguments", `There are at most ${MAX_GUESTS} guests.`);
  return JSON.stringify({ format: FORMAT, guests });
}
