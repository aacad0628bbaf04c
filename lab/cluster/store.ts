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
  /** The state as it is now; nothing that happens later changes it. */
  snapshot(): ClusterState;
  /** Everything is again as it was then, but for the journal and the count of changes. */
  restore(snapshot: ClusterState): void;
  journal(): JournalEntry[];
  record(entry: Omit<JournalEntry, "time">): void;
};

export type StoreOptions = {
  stateFile: string;
  /** Counts only when the state file is not there yet. */
  start: StartState;
  now?: Clock;
  /** Called after each change. */
  onChange?: () => void;
};

/** AppError `bad_config` when the file is there but holds no state of this version. */
export function openStore(options: StoreOptions): Store {
  const { stateFile, now = Date.now, onChange } = options;
  const journalFile = `${stateFile}.journal`;
  let state = existsSync(stateFile) ? readState(stateFile) : startState(options.start, now());
  writeWhole(stateFile, JSON.stringify(state));
  const put = (next: ClusterState) => {
    next.revision = state.revision + 1;
    writeWhole(stateFile, JSON.stringify(next));
    state = next;
    onChange?.();
  };
  return {
    now,
    state: () => state,
    snapshot: () => structuredClone(state),
    restore: (snapshot) => put(structuredClone(snapshot)),
    change: (edit) => {
      const draft = structuredClone(state);
      const result = edit(draft);
      put(draft);
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
  if (typeof state === "object" && state !== null && "version" in state && state.version === 2) {
    return state as ClusterState;
  }
  throw new AppError(
    "bad_config",
    `${file} is not a cluster state of version 2: move it away to start afresh`,
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
