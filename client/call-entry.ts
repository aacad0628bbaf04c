/** A tool call that has ended, as one entry: what was done where, how it ended, how long it took. */
import type { CallReport } from "../agents/protocol/call-report.ts";
import { ours, type Redacted, redacted, rewrite } from "../agents/redact/redacted.ts";
import type { Entry, Style } from "./entry.ts";
import { operatorPaths } from "./operator-paths.ts";
import { inertLine } from "./terminal-safe.ts";
import { truncate } from "./text-width.ts";

const MAX_GIST_COLUMNS = 60;
/** Before what may have changed something: the cluster, or files of the team. */
const MARKS = { nothing: "", workspace: "+ ", infrastructure: "* " } as const;

/** Which calls are shown; the log has them all. */
export const WATCHES = ["off", "changes", "all"] as const;
export type Watch = (typeof WATCHES)[number];

export function isWatched({ changes, outcome }: CallReport, watch: Watch): boolean {
  if (watch === "changes") return changes !== "nothing" || outcome !== "ok";
  return watch === "all";
}

/** `number`: by which /output opens what it printed. */
export function callEntry(call: CallReport, number?: number): Entry {
  const { role, outcome, cause, messageId, callId } = call;
  const why = cause ? redacted`: ${line(cause)}` : "";
  return {
    timestamp: new Date().toISOString(),
    speaker: redacted`${role}`,
    style: styleOf(call),
    text: redacted`${whatOf(call)} · ${outcomeOf(call)}${number === undefined ? "" : redacted` [${number}]`}${why}`,
    facts: { kind: "call", outcome, messageId: inertLine(messageId), callId: inertLine(callId) },
  };
}

/** A command that begins with its target is not told twice. */
function whatOf({ tool, target, gist, changes }: CallReport): Redacted {
  const mark = MARKS[changes];
  const isToldTwice = target === tool || (gist !== "" && gist.startsWith(target));
  const where = isToldTwice ? "" : redacted` ${line(target)}`;
  return gist
    ? redacted`${mark}${line(tool)}${where}: ${cut(line(gist))}`
    : redacted`${mark}${line(tool)}${where}`;
}

function outcomeOf({ outcome, exitCode, ms }: CallReport): Redacted {
  const exit = outcome === "failed" && exitCode !== null ? redacted` (exit code ${exitCode})` : "";
  return redacted`${outcome}${exit} · ${ours((ms / 1_000).toFixed(1))} s`;
}

function styleOf({ role, outcome, changes }: CallReport): Style {
  if (outcome !== "ok") return "failure";
  return changes === "nothing" ? "looking" : role;
}

function line(text: Redacted): Redacted {
  return rewrite(text, (it) => operatorPaths(inertLine(it)));
}

function cut(text: Redacted): Redacted {
  return rewrite(text, (it) => truncate(it, MAX_GIST_COLUMNS));
}
