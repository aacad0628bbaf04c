/** What a program that the lab answers for is given, and a few words that many of them say. */
import type { NodeHardware } from "../cluster/node-facts.ts";
import type { CommandOutcome } from "../cluster/outcome.ts";

export type Asked = {
  /** Without the program's own name. */
  words: readonly string[];
  program: string;
  hardware: NodeHardware;
  /** The machine's `/`, as a path of this one. */
  root: string;
  /** Of the lab's clock, in milliseconds since 1970. */
  now: number;
};

export type StandIn = (asked: Asked) => CommandOutcome;

/** Columns as wide as their widest cell, two kinds of alignment; without blanks at the end of a line. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  gap = " ",
): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => width(row[at] ?? ""))));
  const cell = (text: string, at: number) => {
    const blanks = " ".repeat(Math.max((widths[at] ?? 0) - width(text), 0));
    return right.includes(at) ? blanks + text : text + blanks;
  };
  return rows.map((row) => `${row.map(cell).join(gap).trimEnd()}\n`).join("");
}

function width(text: string): number {
  return [...text].length;
}

/** `16G`, `3.7G`, `512M`: three digits at most, rounded up as df and lsblk do it. */
export function humanSize(bytes: number, base = 1024): string {
  let value = bytes;
  let unit = "";
  for (const next of ["K", "M", "G", "T"]) {
    if (value < base) break;
    value /= base;
    unit = next;
  }
  if (unit === "") return String(value);
  const rounded = value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value);
  return `${rounded}${unit}`;
}
