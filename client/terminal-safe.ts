/** Text that cannot act on a terminal: what could is shown as an escape. */
import { ACTIVE } from "../agents/base/active-characters.ts";

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
