/** Text that cannot act on a terminal: what could is shown as an escape. */
import { ACTIVE } from "../agents/base/active-characters.ts";

export function inert(text: string): string {
  return text.replace(ACTIVE, visible);
}

/** As `inert`, in one line, for a name or a detail that somebody else wrote. */
export function inertLine(text: string): string {
  return inert(text).replace(/\s+/g, " ").trim();
}

/** What stands for each character below 2^16, once it was asked for. */
const SHOWN: (string | undefined)[] = [];

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  SHOWN[code] ??= code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  return SHOWN[code];
}
