/** What a terminal makes of an output: stated by code points and by the oldest way to count columns, not by the product's. */

/** The console's own: colours, the erasing of its footer, the marks around pastes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
const OWN = /\x1b\[(?:0|2|2;36|1;\d\d)m|^\r(?:\x1b\[\d+A)?\x1b\[J|\x1b\[\?2004[hl]/g;

const INVISIBLE: readonly [number, number][] = [
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xf8ff],
  [0xfff9, 0xfffb],
  [0xe0000, 0x10ffff],
];
const SINGLE = new Set([0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180e, 0x3164, 0xfeff, 0xffa0]);

/** Why it is not inert; undefined when it is. */
export function actsOnTerminal(output: string): string | undefined {
  const text = output.replace(OWN, "");
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (isActive(code)) return `U+${code.toString(16).padStart(4, "0")} gets through`;
  }
  return /\p{M}{5}/u.test(text) ? "marks pile up" : undefined;
}

function isActive(code: number): boolean {
  if (code === 0x0a || code === 0x09) return false;
  const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
  return isControl || SINGLE.has(code) || INVISIBLE.some(([from, to]) => code >= from && code <= to);
}

/** As above, for what stands on a screen: rows that are too long, or begin where only speakers do. */
export function breaksRows(output: string, columns: number): string | undefined {
  const [, ...rest] = output.replace(OWN, "").replaceAll("\r\n", "\n").trimEnd().split("\n");
  const rows = output.replace(OWN, "").replaceAll("\r\n", "\n").split("\n");
  if (rows.some((row) => columnsOf(row) > columns)) return "a row is wider than the terminal";
  return rest.some((row) => !row.startsWith("  ")) ? "a row begins in the first column" : undefined;
}

/** As xterm counts: each character by itself. */
export function columnsOf(row: string): number {
  let columns = 0;
  for (const character of row) {
    const code = character.codePointAt(0) ?? 0;
    if (!/\p{Mn}|\p{Me}/u.test(character)) columns += isWide(code) ? 2 : 1;
  }
  return columns;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xff01 && code <= 0xff60) ||
    (code >= 0x17000 && code <= 0x18cd5) ||
    (code >= 0x1f300 && code <= 0x1f64f) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
