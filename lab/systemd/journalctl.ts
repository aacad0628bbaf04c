/** `journalctl` of a node; output and exit codes as of systemd 257. Following ends with what is there. */
import { createHash } from "node:crypto";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Entry, Journal } from "./journal.ts";
import { type JournalArgs, readJournalctl } from "./journalctl-args.ts";
import { stamp } from "./unit-lists.ts";
import { fullName } from "./unit-view.ts";

type Place = { journal: Journal; now: number; node: string };

export function journalctl(words: readonly string[], { journal, now, node }: Place): CommandOutcome {
  const args = readJournalctl(words, now);
  if (typeof args === "string") return failed(1, args);
  const entries = journal.entries();
  switch (args.action) {
    case "version":
      return succeeded("systemd 257 (257.9-1~deb13u1)\n");
    case "flush":
      return succeeded();
    case "usage":
      return succeeded(
        `Archived and active journals take up ${Math.max(8, Math.ceil(journal.size() / 1024 ** 2))}M in the file system.\n`,
      );
    case "vacuum":
      return succeeded(
        "",
        `Vacuuming done, freed 0B of archived journals from /var/log/journal/${idOf(node)}.\n`,
      );
    case "boots":
      return succeeded(bootList(entries, node));
    case "show":
      return show(entries, args, node);
  }
}

function show(entries: readonly Entry[], args: JournalArgs, node: string): CommandOutcome {
  const last = entries.at(-1)?.boot ?? 0;
  const units = args.units.map((unit) => (unit === "cron" ? "cron.service" : fullName(unit)));
  const [least, most] = args.priorities;
  const found = entries.filter(
    (entry) =>
      (units.length === 0 || units.includes(entry.unit)) &&
      (args.identifiers.length === 0 || args.identifiers.includes(entry.identifier)) &&
      entry.priority >= least &&
      entry.priority <= most &&
      entry.at >= (args.since ?? 0) &&
      entry.at <= (args.until ?? Number.POSITIVE_INFINITY) &&
      (args.boot === undefined || entry.boot === (args.boot > 0 ? args.boot : last + args.boot)) &&
      (!args.kernel || (entry.identifier === "kernel" && entry.boot === last)) &&
      (args.pattern === undefined || entry.message.toLowerCase().includes(args.pattern.toLowerCase())),
  );
  const wanted = args.lines ?? (args.follow ? 10 : undefined);
  const shown = wanted === undefined ? found : found.slice(Math.max(found.length - wanted, 0));
  if (args.reverse) shown.reverse();
  if (shown.length === 0) return succeeded(args.quiet || args.output !== "short" ? "" : "-- No entries --\n");
  const line = LINES[args.output];
  if (!line) return notSimulated(`journalctl -o ${args.output}`, 1);
  return succeeded(shown.map((entry) => `${line(entry, node)}\n`).join(""));
}

const LINES: Readonly<Record<string, (entry: Entry, node: string) => string>> = {
  short: (entry, node) => `${short(entry.at)} ${node} ${said(entry)}`,
  "short-full": (entry, node) => `${stamp(entry.at)} ${node} ${said(entry)}`,
  "short-iso": (entry, node) =>
    `${new Date(entry.at).toISOString().slice(0, 19)}+00:00 ${node} ${said(entry)}`,
  "short-precise": (entry, node) =>
    `${short(entry.at)}.${String(entry.at % 1000).padStart(3, "0")}000 ${node} ${said(entry)}`,
  "short-unix": (entry, node) => `${(entry.at / 1000).toFixed(6)} ${node} ${said(entry)}`,
  cat: ({ message }) => message,
  json: (entry, node) => JSON.stringify(fields(entry, node)),
  "json-pretty": (entry, node) => JSON.stringify(fields(entry, node), null, 8),
};

function said({ identifier, pid, message }: Entry): string {
  return `${identifier}${pid > 0 ? `[${pid}]` : ""}: ${message}`;
}

/** `Feb 26 15:22:49`. */
function short(at: number): string {
  const text = new Date(at).toUTCString();
  return `${text.slice(8, 11)} ${text.slice(5, 7)} ${text.slice(17, 25)}`;
}

function fields(
  { at, unit, identifier, pid, priority, message, boot }: Entry,
  node: string,
): Record<string, string> {
  return {
    ...{ __REALTIME_TIMESTAMP: String(at * 1000), __MONOTONIC_TIMESTAMP: String((at % 1e9) * 1000) },
    ...{
      _BOOT_ID: idOf(`${node} ${boot}`),
      _MACHINE_ID: idOf(node),
      _HOSTNAME: node,
      PRIORITY: String(priority),
    },
    ...{ SYSLOG_IDENTIFIER: identifier, _PID: String(pid), MESSAGE: message },
    ...(identifier === "systemd" ? { UNIT: unit, _SYSTEMD_UNIT: "init.scope" } : { _SYSTEMD_UNIT: unit }),
  };
}

function bootList(entries: readonly Entry[], node: string): string {
  const boots = [...new Set(entries.map(({ boot }) => boot))];
  const rows = boots.map((boot, at) => {
    const own = entries.filter((entry) => entry.boot === boot);
    const [first, last] = [own[0]?.at ?? 0, own.at(-1)?.at ?? 0];
    return `${String(at - boots.length + 1).padStart(3)} ${idOf(`${node} ${boot}`)} ${stamp(first)} ${stamp(last)}\n`;
  });
  return `IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY\n${rows.join("")}`;
}

function idOf(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
