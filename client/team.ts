/** What the four are doing, as far as they have told: the status row and the table of /agents. */
import type { Activity } from "../agents/protocol/message.ts";
import { ROLES, type Role } from "../agents/protocol/roles.ts";
import { fromRedactedParts, type Redacted } from "../agents/redact/redacted.ts";
import { operatorPaths } from "./operator-paths.ts";
import { clock } from "./render.ts";
import { inertLine } from "./terminal-safe.ts";
import { truncate } from "./text-width.ts";

/** Silent for longer: not seen any more. */
const SILENT_MS = 15_000;
const EXACT_S = 20;
/** Of what a role does, so that the status row has place for two. */
const MAX_DETAIL_COLUMNS = 60;

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

  /** The roles by what is known of them; who is idle is in none, who awaits the operator in two. */
  groups(now: number): { working: Role[]; asking: Role[]; unready: Role[]; silent: Role[] } {
    const working = ROLES.filter((role) => isAtWork(this.#recent(role, now)));
    const unready = ROLES.filter((role) => this.#recent(role, now)?.state === "unready");
    const asking = working.filter((role) => isAsking(this.#recent(role, now)));
    return {
      working,
      asking,
      unready,
      silent: ROLES.filter((role) => this.#recent(role, now) === undefined),
    };
  }

  /** One row about those who are at work; "" when nobody is. */
  statusLine(now: number): Redacted {
    const parts = ROLES.flatMap((role) => {
      const activity = this.#recent(role, now);
      return activity && (isAtWork(activity) || activity.state === "unready")
        ? [`${role} ${describe(activity, now)}`]
        : [];
    });
    return fromRedactedParts(parts.join(" · "));
  }

  table(now: number): Redacted {
    const header = ["role", "model calls", "waiting messages", "since", "state"];
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

  #recent(role: Role, now: number): Activity | undefined {
    const seen = this.#seen.get(role);
    return seen && now - seen.at <= SILENT_MS ? seen.activity : undefined;
  }
}

/** What waits for a role that is not ready is no work yet. */
function isAtWork(activity: Activity | undefined): boolean {
  if (activity === undefined || activity.state === "unready") return false;
  return activity.state !== "idle" || activity.queued > 0;
}

/** It waits for the operator's answer about a budget. */
function isAsking(activity: Activity | undefined): boolean {
  return activity?.state === "waiting" && activity.until === undefined;
}

function describe(activity: Activity, now: number): string {
  const queued = activity.queued > 0 ? `, ${activity.queued} more waiting` : "";
  return `${truncate(stateOf(activity), MAX_DETAIL_COLUMNS)} ${seconds(activity, now)} s${queued}`;
}

function tableRow(role: Role, seen: Seen | undefined, now: number): string[] {
  if (seen === undefined) return [role, "", "", "", "not seen"];
  const silent = now - seen.at;
  if (silent > SILENT_MS) return [role, "", "", "", `not seen for ${Math.round(silent / 1000)} s`];
  const { activity } = seen;
  const { step, queued } = activity;
  return [role, String(step), String(queued), `${seconds(activity, now)} s`, stateOf(activity)];
}

/** `run_ssh pve1: qm list` for a tool, else the state and what it is about. */
function stateOf({ state, detail, until }: Activity): string {
  const about = operatorPaths(inertLine(detail));
  switch (state) {
    case "tool":
      return about || "a tool";
    case "waiting":
      if (until === undefined) return `awaits you${about ? ` (${about})` : ""}`;
      return `waits for the model${about ? ` (${about})` : ""}${` until ${clock(new Date(until))}`}`;
    case "unready":
      return `not ready (${about})`;
    case "thinking":
    case "idle":
      return state;
    default:
      return state satisfies never;
  }
}

/** In steps of ten once it takes long: a row that changes is drawn, and logged where a terminal is logged. */
function seconds({ since }: Activity, now: number): string {
  const whole = Math.max(0, Math.floor((now - since) / 1000));
  return String(whole < EXACT_S ? whole : whole - (whole % 10));
}
