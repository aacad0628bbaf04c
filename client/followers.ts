/** What watches beside the conversation and tells what it finds: troubles, silent roles, idleness, long waits, budgets, cost. */
import type { Bus } from "../agents/bus/bus.ts";
import type { Role } from "../agents/protocol/roles.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import type { Redacted } from "../agents/redact/redacted.ts";
import { followIdleness } from "./idle-notice.ts";
import type { Meter } from "./meter.ts";
import { tellSilentRoles } from "./silent-roles.ts";
import type { Team } from "./team.ts";
import type { Known } from "./team-state.ts";
import { followTroubles, type Troubles } from "./troubles.ts";
import type { View } from "./view.ts";
import { followWaits } from "./waits.ts";

/** Which is told, and hears the same events before. */
type Told = Known & {
  team: Team;
  meter: Meter;
  troubles: Troubles;
  say(text: Redacted): void;
  problem(text: Redacted): void;
};

export type FollowOptions = {
  bus: Bus;
  view: View;
  redact: Redactor;
  signal: AbortSignal;
  troublesFile?: string | undefined;
};

/** From now on, until `signal` aborts. */
export function startFollowers(told: Told, { bus, view, redact, signal, troublesFile }: FollowOptions): void {
  const tell = (text: Redacted) => told.problem(text);
  const hasBeenSeen = (role: Role) => told.team.hasBeenSeen(role);
  tellSilentRoles({ hasBeenSeen, tell, signal });
  if (troublesFile) followTroubles({ file: troublesFile, redact, signal }, told);
  followIdleness(told, bus, signal);
  followWaits(bus, { tell, signal });
  told.meter.follow(bus, { onChange: () => view.refresh(), signal });
}
