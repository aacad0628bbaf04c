/**
 * Text that cannot act on a terminal: control, format (bidirectional, zero-width, tag) and invisible
 * characters are shown as escapes. Line feed and tab stay, and so do emoji variation selectors.
 */
const ACTIVE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\t\ufe0e\ufe0f]]/gv;

export function inert(text: string): string {
  return text.replace(ACTIVE, visible);
}

/** As `inert`, in one line, for a name or a detail that somebody else wrote. */
export function inertLine(text: string): string {
  return inert(text).replace(/\s+/g, " ").trim();
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}
