/** How long STOP takes: from the command until each role's running turn has been aborted and recorded as cancelled. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "../../../agents/bus/bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, ROLES } from "../../../agents/protocol/roles.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import type { Told } from "./instant-agent.ts";
import type { Member } from "./member.ts";

const LIMIT_MS = 60_000;
/** Random pauses: the load gets through between two trials, queues up during one, and no timer is in step with them. */
const PAUSE_MS = { between: 600, holding: 200 };

export type StopTrials = { console: Bus; members: readonly Member[]; trials: number; signal: AbortSignal };

/** Milliseconds of each trial. Rejects when a turn does not begin or end within a minute. */
export async function stopTrials({ trials, ...options }: StopTrials): Promise<number[]> {
  const times: number[] = [];
  while (times.length < trials) {
    await sleep(Math.random() * PAUSE_MS.between, undefined, { signal: options.signal });
    times.push(await stopOnce(options));
  }
  return times;
}

async function stopOnce({ console, members, signal }: Omit<StopTrials, "trials">): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const all = (accepts: (told: Told) => boolean) =>
    Promise.all(members.map((member) => member.next(accepts, limit)));
  const holding = all((told) => told.kind === "holding");
  await console.send(
    { id: newMessageId(OPERATOR), sender: OPERATOR, to: [...ROLES], content: ours("hold") },
    { signal },
  );
  await holding;
  await sleep(Math.random() * PAUSE_MS.holding, undefined, { signal });
  const cancelled = all((told) => told.kind === "ended" && told.content === "hold");
  const beganMs = performance.now();
  await console.command("STOP", { signal });
  await cancelled;
  return performance.now() - beganMs;
}
