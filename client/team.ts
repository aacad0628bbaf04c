/** What the four are doing, as far as they have told: the status row and the table of /agents. */
import type { Activity } from "../agents/protocol/message.ts";
import { ROLES, type Role } from "../agents/protocol/roles.ts";
import { fromRedactedParts, type Redacted } from "../agents/redact/redacted.ts";
import { inertLine } from "./terminal-safe.ts";

/** Silent for longer: not seen any more. */
const SILENT_MS = 15_000;

type Seen = { activity: Activity; at: number };

export class Team {
  readonly #seen = new Map<Role, Seen>();

  /** `now` in milliseconds since the epoch, here and below. */
  note(activity: Activity, now: number): void {
    this.#seen.set(activity.role, { activity, at: now });
  }

  hasBeenSeen(role: Role): boolean {
    return this.#seen.has(role);
  }

  /** One row about those who are at work; "" when nobody is. */
  statusLine(now: number): string {
    return ROLES.flatMap((role) => {
      const seen = this.#seen.get(role);
      if (seen === undefined || now - seen.at > SILENT_MS) return [];
      return isAtWork(seen.activity) ? [`${role} ${describe(seen.activity, now)}`] : [];
    }).join(" · ");
  }

  table(now: number): Redacted {
    const header = ["role", "state", "step", "seconds", "queued"];
    const rows = [header, ...ROLES.map((role) => tableRow(role, this.#seen.get(role), now))];
    const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const lines = rows.map((row) =>
      row
        .map((value, column) => value.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
    return fromRedactedParts(lines.join("\n"));
  }
}

function isAtWork({ state, queued }: Activity): boolean {
  return state !== "idle" || queued > 0;
}

function describe(activity: Activity, now: number): string {
  const step = activity.step > 0 ? ` step ${activity.step}` : "";
  const queued = activity.queued > 0 ? ` +${activity.queued} queued` : "";
  return `${stateOf(activity)}${step} ${seconds(activity, now)} s${queued}`;
}

function tableRow(role: Role, seen: Seen | undefined, now: number): string[] {
  if (seen === undefined) return [role, "not seen", "", "", ""];
  const silent = now - seen.at;
  if (silent > SILENT_MS) return [role, `not seen for ${Math.round(silent / 1000)} s`, "", "", ""];
  const { activity } = seen;
  return [role, stateOf(activity), String(activity.step), seconds(activity, now), String(activity.queued)];
}

/** `run_shell` for a tool, else the state and what it is about. */
function stateOf({ state, detail }: Activity): string {
  const about = inertLine(detail);
  if (state === "tool") return about === "" ? state : about;
  return about === "" || about === state ? state : `${state} (${about})`;
}

function seconds({ since }: Activity, now: number): string {
  return String(Math.max(0, Math.floor((now - since) / 1000)));
}
