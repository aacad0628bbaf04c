/** Which characters could act on the terminal of whoever reads a text, or hide in it, and what stands in for them. */

/**
 * Control, format (bidirectional, zero-width, tag), invisible, private and unassigned characters, and marks that pile up
 * on one letter. Line feed and tab are not among them, nor emoji variation selectors.
 */
export const ACTIVE: RegExp =
  /(?!\n|\t|\ufe0e|\ufe0f)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?<=\p{M}{4})\p{M}/gu;

/** What stands for each code unit, once it was asked for: a text may consist of such characters alone. */
const ESCAPES: (string | undefined)[] = [];

/** As JSON escapes them, so that JSON stays what it says; most of them JSON itself leaves as they are. */
export function escapeActive(text: string): string {
  return text.replace(ACTIVE, (character) =>
    character.length === 1
      ? unicodeEscape(character.charCodeAt(0))
      : unicodeEscape(character.charCodeAt(0)) + unicodeEscape(character.charCodeAt(1)),
  );
}

function unicodeEscape(code: number): string {
  ESCAPES[code] ??= `\\u${code.toString(16).padStart(4, "0")}`;
  return ESCAPES[code];
}
