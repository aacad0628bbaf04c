/** One run: a message, an agent, a fault at the planned point, and what is left when the turn has ended. */

import { setTimeout as delay } from "node:timers/promises";
import type { Draft } from "../../../agents/bus/bus.ts";
import { turnKey } from "../../../agents/bus/redis-schema.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR } from "../../../agents/protocol/roles.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { untilUp } from "../../../agents/runtime/until-up.ts";
import { type Evidence, gather } from "./evidence.ts";
import { FAULT_ACTIONS, heldBy, type Scene, untilTrue } from "./faults.ts";
import type { Entrance, Lane } from "./lane.ts";
import type { ScriptedModel } from "./model.ts";
import { ROLE } from "./orders.ts";
import type { Plan } from "./plan.ts";
import type { Task } from "./tasks.ts";
import type { Weakness } from "./weakness.ts";

export type Trial = {
  evidence: Evidence;
  /** The turn came by the point, so that the fault could hit it. */
  isReached: boolean;
  messageId: string;
  tookMs: number;
};

export type TrialOptions = {
  lane: Lane;
  model: ScriptedModel;
  weakness?: Weakness;
  freezeMs?: number;
  signal: AbortSignal;
};

/** After this a run is given up: what has not ended is lost. */
const LIMIT_MS = 30_000;
/** The end of a turn is seen in Redis before the point right after it is reached. */
const MISSED_MS = 1_000;
/** For whatever somebody might still write after the end. */
const SETTLE_MS = 250;

export const isStopped = ({ point }: Pick<Plan, "point">) => point.startsWith("cancel.");

export async function runTrial(plan: Plan, options: TrialOptions): Promise<Trial> {
  const { lane, model, weakness, freezeMs = 0 } = options;
  const began = performance.now();
  const [task, id] = [taskOf(plan), newMessageId(OPERATOR)];
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(LIMIT_MS + freezeMs)]);
  lane.files.prepare(task);
  await say(lane, { id, task }, signal);
  const enter = (consumer: Entrance["consumer"]) => lane.enter({ consumer, ...(weakness && { weakness }) });
  const armed = { point: plan.point, nth: plan.nth };
  const victim = lane.enter({ consumer: "first", armed, ...(weakness && { weakness }) });
  const ended = untilEnded(lane, id, signal);
  ended.catch(() => {}); // looked at below, whatever happens in between
  const requests = () => model.requests(task.id);
  const look = () => gather(lane, { task, messageId: id, told: model.told(task.id) });
  let beforeWake: Evidence | undefined;
  const lookBeforeWake = async () => {
    beforeWake = await look();
  };
  const scene: Scene = {
    lane,
    victim,
    messageId: id,
    form: plan.form,
    requests,
    enter,
    ended,
    freezeMs,
    lookBeforeWake,
    signal,
  };
  const isReached = await play(plan, task, scene).catch(orAbort(signal, true));
  await ended.catch(orAbort(signal, undefined));
  options.signal.throwIfAborted();
  if (isReached) await settle(plan, scene).catch(orAbort(signal, undefined));
  const evidence = { ...(await look()), ...(beforeWake && { beforeWake }) };
  return { evidence, isReached, messageId: id, tookMs: performance.now() - began };
}

/** A slow model gives a lease the time to be renewed, and a frozen agent the time to wake while its successor waits. */
function taskOf({ run, point, tools, fault }: Plan): Task {
  const isHeld = point === "tool.during" || isStopped({ point });
  const wakeMs = fault === "freeze" ? 300 : 0;
  return { id: `run${run}`, tools, isHeld, slowMs: point.startsWith("lease.renew") ? 700 : wakeMs };
}

export async function say(
  lane: Lane,
  { id, task }: { id: string; task: Task },
  signal: AbortSignal,
): Promise<void> {
  const draft: Draft = { id, sender: OPERATOR, to: [ROLE], content: ours(JSON.stringify(task)) };
  await untilUp(() => lane.bus.send(draft, { signal }), signal);
}

/** True when the point was reached and the fault has hit. */
async function play(plan: Plan, task: Task, scene: Scene): Promise<boolean> {
  const { lane, victim, ended, signal } = scene;
  const begun = () => untilTrue(signal, async () => lane.files.effects(task).length > 0);
  if (isStopped(plan)) {
    await begun();
    await lane.bus.command("STOP", { signal });
  }
  const reached = plan.point === "tool.during" ? begun() : victim.hit;
  const missed = ended.then(() => delay(MISSED_MS, undefined, { signal }));
  const isReached = await Promise.race([reached.then(() => true), missed.then(() => false)]);
  if (!isReached) return false;
  await FAULT_ACTIONS[plan.fault](scene);
  if (plan.point === "tool.during" && mayEnd(plan)) lane.files.free(task);
  return true;
}

/** Not where somebody must end it: who wakes up without its role, who cannot know what an earlier life does on a node. */
function mayEnd({ fault, tools }: Plan): boolean {
  return fault !== "freeze" && (tools !== "ssh" || !["kill-agent", "kill-both"].includes(fault));
}

/** Whoever came later has had its look at what is pending, whoever was frozen its chance to write. */
async function settle({ fault, form }: Plan, { lane, signal }: Scene): Promise<void> {
  const last = fault === "freeze" || (fault === "kill-agent" && form >= 0.7) ? "second" : "first";
  await heldBy(lane, last, signal);
  await delay(SETTLE_MS, undefined, { signal });
}

export async function untilEnded(lane: Lane, messageId: string, signal: AbortSignal): Promise<void> {
  await untilTrue(signal, async () => {
    const status = lane.store.command(["HGET", turnKey(ROLE, messageId), "status"]);
    return (await status.catch(() => null)) !== null; // Redis is away
  });
}

/** Running out of time is an outcome of a run; everything else is a mistake of ours. */
function orAbort<T>(signal: AbortSignal, fallback: T): (error: unknown) => T {
  return (error) => {
    if (!signal.aborted) throw error;
    return fallback;
  };
}
