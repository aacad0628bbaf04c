/** Strings that a language or a shell puts together: `"a" + "b"`, `'a''b'`, `a"b"c`. */
import { type Escape, type Part, together } from "./escape.ts";

/** The end of one, a sign that joins or the end of a line, the beginning of the next. */
const JOINT = /["'`][ \t\r\n]{0,8}(?:[+.&|~]{1,2}|\\\r?\n)[ \t\r\n]{0,16}["'`]/g;
/** Side by side: both hold something, as far as that can be seen. */
const SEAM = /(?<=[^\s:,=([{"'`])["'][ \t\r\n]{0,8}["'](?=[^\s:,)\]};"'`])/g;
/** The first of two labels of a block of Terraform's language ends so: these are not put together. */
const LABEL = /\b(?:resource|data) "\w{1,64}$/;
const LABEL_CHARS = 80;
export const JOINED_STRINGS: readonly Escape[] = [together([joints, seams])];

function* joints(text: string): Generator<Part> {
  for (const { 0: joint, index } of text.matchAll(JOINT))
    yield { from: index, to: index + joint.length, text: "" };
}

function* seams(text: string): Generator<Part> {
  for (const { 0: seam, index } of text.matchAll(SEAM))
    if (!LABEL.test(text.slice(Math.max(0, index - LABEL_CHARS), index)))
      yield { from: index, to: index + seam.length, text: "" };
}
