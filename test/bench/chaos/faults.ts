/** What can go wrong, done to a run at its point. Each resolves when nothing more of it is to come. */
import { setTimeout as delay } from "node:timers/promises";
import { leaseKey } from "../../../agents/bus/redis-schema.ts";
import type { Entrance, Lane } from "./lane.ts";
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
  enter(consumer: Entrance["consumer"]): Replica;
  /** How often the model was asked about this turn. */
  requests(): number;
  /** The turn has ended. */
  ended: Promise<unknown>;
  /** A frozen agent stays so for at least this long; more than 0: until its successor has ended the turn. */
  freezeMs: number;
  /** Keeps what is there before a frozen agent wakes. */
  lookBeforeWake(): Promise<void>;
  signal: AbortSignal;
};

/** Between two looks at what is waited for. */
const LOOK_MS = 20;

export const FAULT_ACTIONS: Readonly<Record<Fault, (scene: Scene) => Promise<void>>> = {
  "kill-agent": killAgent,
  "kill-redis": killRedis,
  "kill-both": killBoth,
  freeze,
  cut,
  "half-open": halfOpen,
  "full-disk": fullDisk,
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
async function freeze({ lane, victim, requests, enter, form, ended, ...scene }: Scene): Promise<void> {
  const { freezeMs, signal } = scene;
  victim.freeze();
  const enough = delay(freezeMs, undefined, { signal });
  const before = requests();
  enter("second");
  await heldBy(lane, "second", signal);
  const isAsking = async () => requests() > before;
  if (freezeMs > 0 || form > 0.6) {
    await Promise.all([ended, enough]);
    await scene.lookBeforeWake();
  } else if (form > 0.3) await Promise.race([untilTrue(signal, isAsking), ended]);
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

/** Redis ends in the midst of a write for which there is no room, and comes back when there is. */
async function fullDisk({ lane, victim, form, ended, signal }: Scene): Promise<void> {
  const roomBytes = Math.floor(form * 500);
  await lane.redis.fillDisk(roomBytes);
  victim.go();
  await Promise.race([lane.redis.gone(), ended]);
  await lane.redis.kill(); // when the turn had room enough
  await delay(form * 500, undefined, { signal });
  await lane.redis.start();
}

/** Until this consumer has the role's lease. */
export async function heldBy(lane: Lane, consumer: string, signal: AbortSignal): Promise<void> {
  await untilTrue(signal, async () => {
    const holder = await lane.store.command(["GET", leaseKey(ROLE)]).catch(() => null); // Redis is away
    return String(holder).startsWith(`${consumer}#`);
  });
}

export async function untilTrue(signal: AbortSignal, isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(LOOK_MS, undefined, { signal });
}
