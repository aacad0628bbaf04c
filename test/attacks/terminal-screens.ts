/** Where an operator reads what agents and hosts say, each as a function from events to what the terminal gets. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LiveEvent } from "../../agents/bus/bus.ts";
import type { CallReport } from "../../agents/protocol/call-report.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { callEntry } from "../../client/call-entry.ts";
import { type Entry, toEntry } from "../../client/entry.ts";
import { renderPlain } from "../../client/render.ts";
import { Team } from "../../client/team.ts";
import { TerminalView } from "../../client/terminal-view.ts";
import { Transcript } from "../../client/transcript.ts";
import { EMPTY_LINE } from "../../client/typed-line.ts";
import { createPlainView, type Output } from "../../client/view.ts";

export const TERMINAL_LAYERS = ["inert-entries", "inert-log", "own-wrapping"] as const;

const TIMESTAMP = "2026-01-01T00:00:00.000Z";

/** A text in each place of an event that its source decides. */
export function entriesOf(text: string, layer: string | undefined): Entry[] {
  const role = "QA_Tester";
  const common = { timestamp: text, session: text, epoch: 1 };
  const events: Exclude<LiveEvent, CallReport>[] = [
    { kind: "message", id: text, sender: role, to: ["DevOps_Builder"], content: ours(text), ...common },
    { kind: "thought", role, content: ours(text), timestamp: TIMESTAMP },
    { kind: "notice", source: role, content: ours(text), timestamp: text },
    { kind: "control", command: "CLEAR", control: { session: text, epoch: 2, state: "stopped" } },
  ];
  const call: CallReport = {
    ...{ kind: "call", role, tool: ours(text), target: ours(text), gist: ours(text), cause: ours(text) },
    ...{ outcome: "failed", exitCode: 1, changes: "infrastructure", ms: 1, messageId: text, callId: "1.1" },
  };
  const entries = [...events.flatMap((event) => toEntry(event) ?? []), callEntry(call, 1)];
  return layer === "inert-entries" ? entries.map((entry) => ({ ...entry, text: ours(text) })) : entries;
}

/** What a terminal of so many columns gets, entry by entry. */
export function onTerminal(entries: readonly Entry[], columns: number, layer: string | undefined): string[] {
  return entries.map((entry) => {
    const { output, written } = collecting(columns);
    if (layer === "own-wrapping") return renderPlain(entry, TIMESTAMP);
    const view = new TerminalView(output, () => ({ status: "", prompt: "", line: EMPTY_LINE }));
    view.show(entry);
    view.close();
    return written.join("");
  });
}

export function inPipe(entries: readonly Entry[]): string {
  const { output, written } = collecting(0);
  const view = createPlainView(output);
  for (const entry of entries) view.show(entry);
  return written.join("");
}

/** The status row and the table of /agents, while a role does what the text says. */
export function inStatus(text: string): string {
  const team = new Team();
  const activity = {
    role: "QA_Tester",
    state: "tool",
    detail: ours(text),
    step: 1,
    queued: 0,
    since: 0,
  } as const;
  team.note({ kind: "activity", ...activity }, 0);
  return `${team.statusLine(1_000)}\n${team.table(1_000)}`;
}

/** Both files of the console's log, after all entries. */
export async function inTranscript(entries: readonly Entry[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-terminal-"));
  try {
    const transcript = new Transcript(directory, new Date(TIMESTAMP));
    for (const entry of entries) transcript.record(entry);
    await transcript.close();
    const files = [transcript.path, transcript.path.replace(/log$/, "jsonl")];
    return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  } finally {
    await rm(directory, { recursive: true });
  }
}

function collecting(columns: number): { output: Output; written: string[] } {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, output: { write, once: () => {}, columns, rows: 24 } };
}
