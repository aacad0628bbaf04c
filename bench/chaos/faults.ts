/** What can go wrong, done to a run at its point. Each resolves when nothing more of it is to come. */
import { setTimeout as delay } from "node:timers/promises";
import { leaseKey } from "../../agents/bus/records.ts";
import type { Lane } from "./lane.ts";
import { ROLE } from "./orders.ts";
import { killLocalCalls } from "./orphans.ts";
import type { Fault } from "./plan.ts";
import type { Replica } from "./replica.ts";

export type Scene = {
  lane: Lane;
  /** The agent that the fault meets, under the consumer name `first`. */
  victim: Replica;
  messageId: string;
  /** 0 to 1: which form of the fault. */
  form: number;
  /** Lets another replica in, without a point of its own. */
  enter(consumer: string): Replica;
  /** The turn has ended. */
  ended: Promise<unknown>;
  signal: AbortSignal;
};

/** Between two looks at Redis. */
const LOOK_MS = 20;

export const FAULT_ACTIONS: Readonly<Record<Fault, (scene: Scene) => Promise<void>>> = {
  "kill-agent": killAgent,
  "kill-redis": killRedis,
  "kill-both": killBoth,
  freeze,
  cut,
  "half-open": halfOpen,
};

/** The next one has the name of the first, as a restarted container; or another, as one on another machine. */
async function killAgent({ victim, enter, form }: Scene): Promise<void> {
  await victim.kill();
  enter(form < 0.7 ? "first" : "second");
}

async function killRedis({ lane, victim, form, signal }: Scene): Promise<void> {
  await lane.redis.kill();
  victim.go();
  await delay(form * 500, undefined, { signal });
  await lane.redis.start();
}

/** Alone, or with all that it runs, as when the machine loses power. */
async function killBoth({ lane, victim, messageId, enter, form }: Scene): Promise<void> {
  await Promise.all([victim.kill(), lane.redis.kill()]);
  if (form > 0.4) killLocalCalls(messageId);
  await lane.redis.start();
  enter("first");
}

/** For longer than its lease; it wakes as soon as another has its role, in the midst of that one's work, or after it. */
async function freeze({ lane, victim, enter, form, ended, signal }: Scene): Promise<void> {
  victim.freeze();
  enter("second");
  await heldBy(lane, "second", signal);
  if (form > 0.6) await ended;
  else await delay(form * 500, undefined, { signal });
  victim.go();
  victim.thaw();
}

/** A reset at once, or one that comes when the answers of a while are lost. */
async function cut({ lane, victim, form, signal }: Scene): Promise<void> {
  if (form < 0.5) {
    lane.network.cut();
    return victim.go();
  }
  lane.network.loseAnswers();
  victim.go();
  await delay(200, undefined, { signal });
  lane.network.cut();
}

/** The connections fall silent for good, and nobody is told; new ones are refused for a while. */
async function halfOpen({ lane, victim, form, signal }: Scene): Promise<void> {
  lane.network.silence();
  lane.network.refuse(true);
  victim.go();
  await delay(500 + form * 1_500, undefined, { signal });
  lane.network.refuse(false);
}

/** Until this consumer has the role's lease. */
export async function heldBy(lane: Lane, consumer: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const holder = await lane.store.command(["GET", leaseKey(ROLE)]).catch(() => null); // Redis is away
    if (String(holder).startsWith(`${consumer}#`)) return;
    await delay(LOOK_MS, undefined, { signal });
  }
}
