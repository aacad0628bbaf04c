/** Private keys in the PEM form, whole, without their end, and at the beginning of a text without their first line. */
import type { Span } from "./redact-scan.ts";

const BEGIN = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/g;
const END = /-----END [A-Z ]{0,30}PRIVATE KEY-----/y;
/** Ends what is between the two; line breaks may be escaped, hence the backslash. */
const NO_BODY = /--|[^\w+/=:,.\s\\-]/g;
const MAX_BODY_CHARS = 16_000;

export function findPrivateKeys(text: string): Span[] {
  const found: Span[] = [];
  const headless = afterEnd(text, bodyEnd(text, 0));
  if (headless !== undefined) found.push({ start: 0, end: headless });
  BEGIN.lastIndex = 0;
  for (let first = BEGIN.exec(text); first; first = BEGIN.exec(text)) {
    const end = bodyEnd(text, BEGIN.lastIndex);
    BEGIN.lastIndex = afterEnd(text, end) ?? end;
    found.push({ start: first.index, end: BEGIN.lastIndex });
  }
  return found;
}

function bodyEnd(text: string, start: number): number {
  NO_BODY.lastIndex = start;
  const end = NO_BODY.exec(text)?.index ?? text.length;
  return Math.min(end, start + MAX_BODY_CHARS);
}

/** Where the last line ends that begins at `at`. */
function afterEnd(text: string, at: number): number | undefined {
  END.lastIndex = at;
  return END.test(text) ? END.lastIndex : undefined;
}
