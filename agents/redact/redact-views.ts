/** What a text says when its escapes are undone, one kind after the other in each order, and the way back. */
import type { Escape, Part } from "./escape.ts";
import { ESCAPES, NESTING } from "./escapes.ts";
import type { Span } from "./redact-scan.ts";

export type View = {
  text: string;
  /** From a place in `text` to what stands for it in the source. */
  toSource(span: Span): Span;
};

/**
 * Of a view only what is so near to an undone escape is new. No form of a value needs more than nine characters for one
 * of its own: bits, divided.
 */
const [FORM_CHARS, MIN_NEAR_CHARS, MAX_NEAR_CHARS] = [9, 512, 2_048];
/**
 * What is nested is mostly JSON: in a line of a log, a call's arguments, a tool's result. Such a step costs one, any
 * other more, but for the same once more, and most when it is of another kind than the one before. Cheap ways come
 * first.
 */
const [NESTING_COST, AGAIN_COST, FIRST_COST, SECOND_COST, MAX_COST] = [1, 2, 4, 8, 20];
/** All views together: about a fifth of a second, whatever the text. Each is as dear as so many characters more. */
const [MAX_VIEW_CHARS, VIEW_CHARS] = [1_500_000, 500];

/** Views that have not been made yet: what another one says without one of these kinds of escapes. */
type Steps = { from: View; kinds: readonly Escape[] };
const OTHERS: readonly Escape[] = ESCAPES.filter((kind) => kind !== NESTING);

/**
 * The text first, then what it says with an escape undone, then with two; never the same of one place twice. `longest`: of the
 * values that are looked for, in characters.
 */
export function* viewsOf(text: string, longest = 0): Generator<View> {
  const near = Math.min(MAX_NEAR_CHARS, Math.max(MIN_NEAR_CHARS, FORM_CHARS * longest));
  const whole: View = { text, toSource: (span) => span };
  yield whole;
  const seen = new Set<string>();
  const waiting: Steps[][] = [];
  plan(waiting, { cost: 0, from: whole });
  let chars = 0;
  for (let cost = 0; cost <= MAX_COST; cost++) {
    for (const { from, kinds } of waiting[cost] ?? []) {
      for (const kind of kinds) {
        for (const { text, toSource } of unescapeText(from.text, kind, near)) {
          const view: View = { text, toSource: (span) => from.toSource(toSource(span)) };
          const place = `${view.toSource({ start: 0, end: 1 }).start} ${text}`;
          if (text === from.text || seen.has(place)) continue;
          chars += text.length + VIEW_CHARS;
          if (chars > MAX_VIEW_CHARS) return;
          seen.add(place);
          plan(waiting, { cost, from: view, last: kind });
          yield view;
        }
      }
    }
  }
}

/** The steps from a view that cost so much; `last` is the kind of the step to it. */
function plan(
  waiting: Steps[][],
  { cost, from, last = NESTING }: { cost: number; from: View; last?: Escape },
): void {
  const add = (more: number, kinds: readonly Escape[]) => {
    waiting[cost + more] ??= [];
    waiting[cost + more]?.push({ from, kinds });
  };
  add(NESTING_COST, [NESTING]);
  if (last !== NESTING) add(AGAIN_COST, [last]);
  add(last === NESTING ? FIRST_COST : SECOND_COST, OTHERS);
}

/** The parts of a text where there is something of this kind to undo, without it. */
export function unescapeText(text: string, undo: Escape, near = MAX_NEAR_CHARS): View[] {
  const views: View[] = [];
  let group: Part[] = [];
  for (const part of undo(text)) {
    const last = group.at(-1);
    if (last && part.from - last.to > 2 * near) {
      views.push(viewOf(text, group, near));
      group = [];
    }
    group.push(part);
  }
  return group.length > 0 ? [...views, viewOf(text, group, near)] : views;
}

function viewOf(text: string, parts: readonly Part[], near: number): View {
  const start = Math.max(0, (parts[0]?.from ?? 0) - near);
  const places: number[] = [];
  let plain = "";
  let end = start;
  for (const part of parts) {
    plain += text.slice(end, part.from);
    places.push(plain.length);
    plain += part.text;
    end = part.to;
  }
  plain += text.slice(end, end + near);
  const sourceOf = (place: number) => placeOf({ start, parts, places }, place);
  return {
    text: plain,
    toSource: (span) => ({ start: sourceOf(span.start).start, end: sourceOf(span.end - 1).end }),
  };
}

/** The source of one character of a view that begins at `start` and has its parts at `places`. */
function placeOf(
  { start, parts, places }: { start: number; parts: readonly Part[]; places: readonly number[] },
  place: number,
): Span {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) <= place) low = middle + 1;
    else high = middle;
  }
  const part = parts[low - 1];
  if (!part) return { start: start + place, end: start + place + 1 };
  const behind = place - (places[low - 1] as number) - part.text.length;
  if (behind < 0) return { start: part.from, end: part.to };
  return { start: part.to + behind, end: part.to + behind + 1 };
}
