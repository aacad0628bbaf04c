/** What a terminal does not show: colours and movements within a word, also as `cat -v` shows them, and overstriking. */
import { type Escape, type Part, together } from "./escape.ts";

const ESC = "\x1b";
/** Behind ESC: `[` to its final letter, a choice of characters, a single letter. */
const SEQUENCE = /\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~]|[=>78cDEHMNOZ]/y;
/** A title or the target of a link ends with one of these, not too far behind. */
const STRING_ENDS = ["\x07", `${ESC}\\`, "^G", "^[\\"];
const MAX_STRING = 512;

export const TERMINAL_WRITING: readonly Escape[] = [together([sequences(ESC), sequences("^["), overstrikes])];

function sequences(mark: string): Escape {
  return function* (text) {
    for (let from = text.indexOf(mark); from >= 0; ) {
      const to = endOfSequence(text, from + mark.length);
      if (to !== undefined) yield { from, to, text: "" };
      from = text.indexOf(mark, to ?? from + 1);
    }
  };
}

function endOfSequence(text: string, start: number): number | undefined {
  SEQUENCE.lastIndex = start;
  if (SEQUENCE.test(text)) return SEQUENCE.lastIndex;
  if (text[start] !== "]") return undefined;
  const string = text.slice(start, start + MAX_STRING);
  const ends = STRING_ENDS.map((end) => string.indexOf(end) + end.length);
  const nearest = Math.min(...ends.filter((end, index) => end >= (STRING_ENDS[index] as string).length));
  return Number.isFinite(nearest) ? start + nearest : undefined;
}

/** A character, a backspace, and what is written over it. */
function* overstrikes(text: string): Generator<Part> {
  for (let at = text.indexOf("\b"); at >= 0; at = text.indexOf("\b", at + 1))
    if (at > 0 && text[at - 1] !== "\b") yield { from: at - 1, to: at + 1, text: "" };
}
