/** What a text says when its escapes are undone, one kind after the other in each order, and the way back. */
import { ESCAPES, type Escape, type Part } from "./escapes.ts";
import type { Span } from "./redact-scan.ts";

export type View = {
  text: string;
  /** From a place in `text` to what stands for it in the source. */
  toSource(span: Span): Span;
};

/** Of a view only what is so near to an undone escape is new, and no form of a value is longer. */
const NEAR_CHARS = 2_048;
/** Escapes within escapes within escapes. */
const MAX_LEVELS = 8;
const MAX_VIEWS = 300;
/** All views together: about a fifth of a second, whatever the text. The shallow ones come first. */
const MAX_VIEW_CHARS = 1_500_000;

/** The text first, then what it says with an escape undone, then with two; never the same text twice. */
export function* viewsOf(text: string): Generator<View> {
  const seen = new Set([text]);
  let level: View[] = [{ text, toSource: (span) => span }];
  let chars = 0;
  for (let depth = 0; depth <= MAX_LEVELS && level.length > 0; depth++) {
    const next: View[] = [];
    for (const view of level) {
      yield view;
      if (depth === MAX_LEVELS) continue;
      for (const deeper of ESCAPES.flatMap((undo) => unescapeText(view.text, undo))) {
        if (seen.has(deeper.text)) continue;
        if (seen.size > MAX_VIEWS || chars + deeper.text.length > MAX_VIEW_CHARS) break;
        seen.add(deeper.text);
        chars += deeper.text.length;
        next.push({ text: deeper.text, toSource: (span) => view.toSource(deeper.toSource(span)) });
      }
    }
    level = next;
  }
}

/** The parts of a text where there is something of this kind to undo, without it. */
export function unescapeText(text: string, undo: Escape): View[] {
  const views: View[] = [];
  let group: Part[] = [];
  for (const part of undo(text)) {
    const last = group.at(-1);
    if (last && part.from - last.to > 2 * NEAR_CHARS) {
      views.push(viewOf(text, group));
      group = [];
    }
    group.push(part);
  }
  return group.length > 0 ? [...views, viewOf(text, group)] : views;
}

function viewOf(text: string, parts: readonly Part[]): View {
  const start = Math.max(0, (parts[0]?.from ?? 0) - NEAR_CHARS);
  const places: number[] = [];
  let plain = "";
  let end = start;
  for (const part of parts) {
    plain += text.slice(end, part.from);
    places.push(plain.length);
    plain += part.text;
    end = part.to;
  }
  plain += text.slice(end, end + NEAR_CHARS);
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
