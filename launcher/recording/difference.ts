/** Where the runtime of today does not do what was recorded: a place, what was recorded, what is now. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Role } from "../../agents/protocol/roles.ts";
import { placeOf } from "../../agents/runtime/interruptions.ts";

/** `at`: the entry of the journal, such as `reply:2` or `outcome:2.1`; `end` is how the turn ended. */
export type Place = { role: Role; message: string; at: string };
export type Difference = { place: Place; recorded: string; now: string };

/** Of what is told of a value. */
const MAX_CHARS = 300;

export type Entries = ReadonlyMap<string, unknown>;

/**
 * The first place at which the entries differ: what comes after it follows from it. What a later version has noted beside
 * what was recorded is no difference. `isCutShort`: more than was recorded may have been done.
 */
export function firstDifference(
  turn: Omit<Place, "at">,
  { recorded, now, isCutShort }: { recorded: Entries; now: Entries; isCutShort: boolean },
): Difference[] {
  const keys = [...new Set([...recorded.keys(), ...(isCutShort ? [] : now.keys())])];
  const at = keys
    .filter((key) => placeOf(key) > 0)
    .toSorted((a, b) => placeOf(a) - placeOf(b))
    .find((key) => !recorded.has(key) || !agrees(recorded.get(key), now.get(key)));
  if (at === undefined) return [];
  return [
    {
      place: { ...turn, at },
      recorded: shown(recorded.get(at)),
      now: shown(partOf(now.get(at), recorded.get(at))),
    },
  ];
}

/** Whether `now` says all that `recorded` says. */
export function agrees(recorded: unknown, now: unknown): boolean {
  return isDeepStrictEqual(recorded, partOf(now, recorded));
}

/** Of an object the fields that the other has. */
function partOf(now: unknown, recorded: unknown): unknown {
  if (!isRecord(now) || !isRecord(recorded)) return now;
  return Object.fromEntries(Object.keys(recorded).flatMap((key) => (key in now ? [[key, now[key]]] : [])));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For people, in a line. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}...` : text;
}
