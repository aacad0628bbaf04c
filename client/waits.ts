/** Who waits long for the model, and until when: said once a wait, because a row that changes is easily missed. */
import type { Bus } from "../agents/bus/bus.ts";
import type { Activity } from "../agents/protocol/message.ts";
import type { Role } from "../agents/protocol/roles.ts";
import { ours, type Redacted, redacted, rewrite } from "../agents/redact/redacted.ts";
import { clock } from "./render.ts";
import { inertLine } from "./terminal-safe.ts";

/** Shorter ones are over before they are read. */
const LONG_MS = 10_000;

type Teller = { tell(text: Redacted): void; signal: AbortSignal };

/** From now on, until `signal` aborts. */
export function followWaits(bus: Bus, { tell, signal }: Teller): void {
  const told = new Map<Role, number>();
  let wasAsked = false;
  const stop = bus.watch((event) => {
    if (event.kind === "notice" && event.content.includes("/budget raise")) wasAsked = true;
    if (!wasAsked && event.kind === "activity" && event.state === "waiting" && event.until === undefined) {
      wasAsked = true; // before this console was there
      tell(
        redacted`${event.role} awaits you (${rewrite(event.detail, inertLine)}). /budget shows all of it.`,
      );
    }
    if (event.kind !== "activity" || told.get(event.role) === event.since) return;
    const text = describeLong(event, Date.now());
    if (text === undefined) return;
    told.set(event.role, event.since);
    tell(text);
  });
  signal.addEventListener("abort", stop, { once: true });
}

/** Undefined for what is no long wait. `now` in milliseconds since the epoch. */
function describeLong({ role, state, detail, until = 0 }: Activity, now: number): Redacted | undefined {
  if (state !== "waiting" || until - now < LONG_MS) return undefined;
  const reason = rewrite(detail, inertLine);
  return redacted`${role} waits for the model until ${ours(clock(new Date(until)))} (${reason}). STOP ends the wait; another model needs a new start.`;
}
