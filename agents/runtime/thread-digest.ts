/**
 * What stays of the parts of a thread that have left: which changes were made, which files were written, what was looked
 * at and said, a line each. Made of the runtime's records, never by a model. Pure.
 */
import { joinRedacted, type Redacted, redacted, rewrite } from "../redact/redacted.ts";
import type { ModelMessage } from "./model.ts";
import type { Note } from "./thread-unit.ts";

const CHARS_A_TOKEN = 4;
const NO_ROOM = redacted``;

const HEADINGS = {
  change: redacted`Changes of the cluster that you asked for, with their outcome`,
  file: redacted`Files that you wrote`,
  look: redacted`What you looked at; read_file shows a file that is named`,
  said: redacted`What was said`,
} as const satisfies Record<Note["kind"], Redacted>;

/** At most `maxTokens`: of one key the newest; changes and files before the rest, the newest before the oldest. */
export function condensed(notes: readonly Note[], maxTokens: number): Note[] {
  const newest = new Map<string, Note>();
  for (const note of notes) {
    newest.delete(`${note.kind} ${note.key}`);
    newest.set(`${note.kind} ${note.key}`, note);
  }
  const all = [...newest.values()];
  const byWeight = [...all.filter(isDeed).reverse(), ...all.filter((note) => !isDeed(note)).reverse()];
  let left = maxTokens * CHARS_A_TOKEN;
  const fits = (text: string) => {
    left -= text.length + 1;
    return left >= 0;
  };
  const kept = new Set(byWeight.filter(({ text }) => fits(text)));
  left = Math.max(left, 0);
  const detailed = new Set(byWeight.filter((note) => kept.has(note) && note.detail && fits(note.detail)));
  return all
    .filter((note) => kept.has(note))
    .map((note) => (detailed.has(note) ? note : withoutDetail(note)));
}

function isDeed({ kind }: Note): boolean {
  return kind === "change" || kind === "file";
}

function withoutDetail({ detail: _, ...note }: Note): Note {
  return note;
}

/** As the model reads it: one line; undefined when there is nothing to tell. */
export function digestLine(notes: readonly Note[]): ModelMessage | undefined {
  if (notes.length === 0) return undefined;
  const kinds = Object.keys(HEADINGS) as Note["kind"][];
  const sections = kinds.map((kind) => section(kind, notes)).filter(Boolean);
  const text = redacted`Earlier, in short, by the runtime's records.\n${joinRedacted(sections, "\n")}`;
  return { role: "user", content: rewrite(text, (it) => JSON.stringify({ runtime: it })) };
}

function section(kind: Note["kind"], notes: readonly Note[]): Redacted {
  const lines = notes.filter((note) => note.kind === kind).map(({ text, detail }) => lineOf(text, detail));
  return lines.length === 0 ? NO_ROOM : redacted`${HEADINGS[kind]}:\n${joinRedacted(lines, "\n")}`;
}

function lineOf(text: Redacted, detail: Redacted | undefined): Redacted {
  return detail ? redacted`- ${text}: ${detail}` : redacted`- ${text}`;
}
