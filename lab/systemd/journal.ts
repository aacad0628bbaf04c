/** The journal of a node: what really happened on it, kept over reboots. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";

export type Entry = {
  /** Milliseconds since 1970. */
  at: number;
  /** With its type; of the manager's own words, the unit that they are about. */
  unit: string;
  /** Who says it: `systemd`, `sshd`, `CRON`, `kernel`, what `logger -t` names. */
  identifier: string;
  pid: number;
  /** As syslog counts: 3 an error, 4 a warning, 6 information. */
  priority: number;
  message: string;
  boot: number;
};

export type Journal = {
  add(entry: Omit<Entry, "at" | "boot">): void;
  booted(): void;
  entries(): Entry[];
  /** In bytes. */
  size(): number;
};

/** As much as a busy day of a lab; what is older is forgotten. */
const MAX_ENTRIES = 20_000;

/** In `file`, a line each. */
export function openJournal(file: string, now: () => number): Journal {
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  const entries = lines.filter(Boolean).map((line) => JSON.parse(line) as Entry);
  let boot = entries.at(-1)?.boot ?? 0;
  return {
    add: (entry) => {
      const whole = { ...entry, message: entry.message.slice(0, 4_000), at: now(), boot };
      entries.push(whole);
      if (entries.length > MAX_ENTRIES) entries.splice(0, entries.length - MAX_ENTRIES);
      appendFileSync(file, `${JSON.stringify(whole)}\n`);
    },
    booted: () => {
      boot++;
    },
    entries: () => [...entries],
    size: () => (existsSync(file) ? readFileSync(file).length : 0),
  };
}
