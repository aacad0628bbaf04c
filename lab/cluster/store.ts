/**
 * Keeps the cluster's state: every change is on disk, whole, before it is seen by anyone. Beside it grows the
 * journal of mutating operations, which nothing ever rewrites.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { AppError } from "../../agents/base/errors.ts";
import { type StartState, startState } from "./start-states.ts";
import type { ClusterState, JournalEntry } from "./state.ts";

export type Clock = () => number;

export type Store = {
  /** Milliseconds since the epoch. */
  now: Clock;
  state(): ClusterState;
  /** Run `edit` on a copy; the copy counts only when `edit` returns. What it throws passes through. */
  change<T>(edit: (draft: ClusterState) => T): T;
  journal(): JournalEntry[];
  record(entry: Omit<JournalEntry, "time">): void;
};

/** AppError `bad_config` when the file is there but holds no state of this version. */
export function openStore(options: { stateFile: string; start: StartState; now?: Clock }): Store {
  const { stateFile, now = Date.now } = options;
  const journalFile = `${stateFile}.journal`;
  let state = existsSync(stateFile) ? readState(stateFile) : startState(options.start, now());
  writeWhole(stateFile, JSON.stringify(state));
  return {
    now,
    state: () => state,
    change: (edit) => {
      const draft = structuredClone(state);
      const result = edit(draft);
      draft.revision += 1;
      writeWhole(stateFile, JSON.stringify(draft));
      state = draft;
      return result;
    },
    journal: () => readJournal(journalFile),
    record: (entry) => {
      const line = JSON.stringify({ time: new Date(now()).toISOString(), ...entry } satisfies JournalEntry);
      appendFileSync(journalFile, `${line}\n`, { mode: 0o600 });
    },
  };
}

function readState(file: string): ClusterState {
  const state: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof state === "object" && state !== null && "version" in state && state.version === 1) {
    return state as ClusterState;
  }
  throw new AppError(
    "bad_config",
    `${file} is not a cluster state of version 1: move it away to start afresh`,
  );
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.new`;
  const handle = openSync(draft, "w", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
}

function readJournal(file: string): JournalEntry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as JournalEntry);
}
