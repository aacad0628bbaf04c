/** The parts of a load, each with a record of its own of what was said and what came of it. */

import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, ROLES } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { connected } from "../bus/connected.ts";
import type { Arena } from "./arena.ts";
import { Ledger } from "./ledger.ts";
import type { Speakers } from "./speakers.ts";
import { stopTrials } from "./stop-trials.ts";

/** What is still open after this long counts as lost. */
const SETTLE_MS = 120_000;
/** Longer than any backlog that could be called resumed. */
const BACKLOG_MS = 600_000;

export type Load = { arena: Arena; speakers: Speakers; signal: AbortSignal };
/** What became of the messages; all but `handled` must be zero. */
export type Kept = { handled: number; lost: number; duplicates: number; outOfOrder: number };

export async function steady(
  { arena, speakers, signal }: Load,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<{ kept: Kept; rate: number }> {
  arena.ledger = new Ledger();
  const enough = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1_000)]);
  const reached = await speakers.steadily(rate, enough);
  return { kept: await settle(arena, signal), rate: reached };
}

/** Messages a second, said as fast as the bus takes them, and handled. */
export async function burst(
  { arena, speakers, signal }: Load,
  count: number,
): Promise<{ kept: Kept; saidPerSecond: number; handledPerSecond: number }> {
  arena.ledger = new Ledger();
  const beganMs = performance.now();
  const perSecond = () => (count * 1_000) / (performance.now() - beganMs);
  await speakers.burst(count, signal);
  const saidPerSecond = perSecond();
  return { kept: await settle(arena, signal), saidPerSecond, handledPerSecond: perSecond() };
}

export type BacklogTimes = { firstS: number; resumedS: number; doneS: number; rssMb: number };

/**
 * Agents that are busy take in a backlog and are killed; then, in seconds from their restart: until each has handled
 * one, until all of it is in their hands again and each has handled one, until all of it has been handled.
 */
export async function backlog(load: Load, count: number): Promise<{ kept: Kept; times: BacklogTimes }> {
  const { arena, speakers } = load;
  const signal = AbortSignal.any([load.signal, AbortSignal.timeout(BACKLOG_MS)]);
  arena.ledger = new Ledger();
  await keepBusy({ ...load, signal });
  await speakers.burst(count, signal);
  const total = count + ROLES.length; // and what keeps them busy
  await arena.taken(total, signal);
  await arena.kill();
  const beganMs = performance.now();
  const secondsSince = () => (performance.now() - beganMs) / 1_000;
  arena.start();
  const firsts = arena.members.map((member) => member.next((told) => told.kind === "ended", signal));
  const working = Promise.all(firsts).then(secondsSince);
  const taken = arena.taken(total, signal).then(() => ({ s: secondsSince(), rssMb: arena.maxRssMb }));
  const kept = await settle(arena, signal);
  const doneS = secondsSince();
  const [firstS, { s, rssMb }] = await Promise.all([working, taken]);
  return { kept, times: { firstS, resumedS: Math.max(firstS, s), doneS, rssMb } };
}

async function keepBusy({ arena, signal }: Load): Promise<void> {
  const console = connectRedisBus({
    url: arena.urlOf(OPERATOR),
    name: "load-console",
    redactor: createRedactor([]),
  });
  await connected(console);
  const busy = arena.members.map((member) => member.next((told) => told.kind === "holding", signal));
  await console.send(
    { id: newMessageId(OPERATOR), sender: OPERATOR, to: [...ROLES], content: ours("hold") },
    { signal },
  );
  await Promise.all(busy);
  await console.close();
}

/** Milliseconds that STOP took, while the load went on; `cut` cuts pub/sub after a first STOP that is not counted. */
export async function stopUnderLoad(
  { arena, speakers, signal }: Load,
  { rate, trials, cut }: { rate: number; trials: number; cut(): void },
): Promise<{ kept: Kept; timesMs: number[] }> {
  arena.ledger = new Ledger();
  const console = connectRedisBus({
    url: arena.urlOf(OPERATOR),
    name: "load-console",
    redactor: createRedactor([]),
  });
  const enough = new AbortController();
  const speaking = speakers.steadily(rate, AbortSignal.any([signal, enough.signal]));
  try {
    await connected(console);
    const { members } = arena;
    await stopTrials({ console, members, trials: 1, signal });
    cut();
    const timesMs = await stopTrials({ console, members, trials, signal });
    enough.abort();
    await speaking;
    return { kept: await settle(arena, signal), timesMs };
  } finally {
    enough.abort();
    await console.close();
  }
}

async function settle({ ledger }: Arena, signal: AbortSignal): Promise<Kept> {
  await ledger.settled(AbortSignal.any([signal, AbortSignal.timeout(SETTLE_MS)]));
  signal.throwIfAborted();
  const { handled, open: lost, duplicates, outOfOrder } = ledger;
  return { handled, lost, duplicates, outOfOrder };
}
