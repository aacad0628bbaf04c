/**
 * `./minilab bench terraform-kill [--kills N] [--seed S]`: kill -9 at a random instant between a plan and the end of
 * its apply: of the agent alone, or of all that it runs, terraform too. The model asks for the same plan again when it
 * is told that the outcome is unknown. No plan may take effect twice, and no interrupted apply may go unreported.
 */
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { turnKey } from "../../agents/bus/redis-schema.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR } from "../../agents/protocol/roles.ts";
import { randomFrom } from "../../agents/testing/random.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { type Evidence, gather } from "./chaos/evidence.ts";
import { untilTrue } from "./chaos/faults.ts";
import { judge, type Violation } from "./chaos/judge.ts";
import type { Lane } from "./chaos/lane.ts";
import type { ScriptedModel } from "./chaos/model.ts";
import { ROLE } from "./chaos/orders.ts";
import { killLocalCalls } from "./chaos/orphans.ts";
import type { Replica } from "./chaos/replica.ts";
import { openStage } from "./chaos/stage.ts";
import { outcomeOf, type Task } from "./chaos/tasks.ts";
import { say, untilEnded } from "./chaos/trial.ts";

const LIMIT_MS = 60_000;

type Place = { lane: Lane; model: ScriptedModel; signal: AbortSignal };
type Applied = { evidence: Evidence; applyMs: number };

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const options = readOptions(args, { kills: "200", seed: "" });
  const kills = readCount("kills", options.kills);
  const seed = Number(options.seed || randomInt(2 ** 31));
  const random = randomFrom(seed);
  await using stack = new AsyncDisposableStack();
  const { model, openLane } = await openStage(stack, signal);
  const place = { lane: await openLane(), model, signal };
  const { applyMs } = await apply(place, "undisturbed", async () => {});
  const evidences: Evidence[] = [];
  for (let tries = 0; evidences.length < kills && tries < 3 * kills; tries++) {
    const [afterMs, isAlone] = [random() * applyMs, random() < 0.5];
    let isInterrupted = false;
    const { evidence } = await apply(place, `kill${tries}`, async (victim, messageId) => {
      await delay(afterMs, undefined, { signal });
      await victim.kill();
      if (!isAlone) killLocalCalls(messageId);
      isInterrupted = !(await hasOutcome(place.lane, messageId));
      place.lane.enter({ consumer: "first" });
    });
    if (isInterrupted) evidences.push(evidence);
    if (tries % 10 === 9) process.stderr.write(`terraform-kill: ${evidences.length} of ${kills} kills\n`);
  }
  return report(evidences, kills, seed);
}

/** A plan and its apply by an agent of its own; `meanwhile` begins when the model has been told the plan. */
async function apply(
  { lane, model, signal }: Place,
  id: string,
  meanwhile: (agent: Replica, messageId: string) => Promise<void>,
): Promise<Applied> {
  const task: Task = { id, tools: "terraform", isHeld: false, slowMs: 0 };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const messageId = newMessageId(OPERATOR);
  lane.files.prepare(task);
  await say(lane, { id: messageId, task }, limit);
  const agent = lane.enter({ consumer: "first" });
  await untilTrue(limit, async () => model.told(id).length > 0);
  const began = performance.now();
  await meanwhile(agent, messageId);
  await untilEnded(lane, messageId, limit);
  const applyMs = performance.now() - began;
  const evidence = await gather(lane, { task, messageId, told: model.told(id) });
  await lane.clear();
  return { evidence, applyMs };
}

/** Of the apply, the first call of the second step: then the kill came too late. */
async function hasOutcome(lane: Lane, messageId: string): Promise<boolean> {
  return (await lane.store.command(["HEXISTS", turnKey(ROLE, messageId), "outcome:2.1"])) === 1;
}

export function report(evidences: readonly Evidence[], kills: number, seed: number): Outcome {
  const found = evidences.flatMap((evidence) => judge(evidence, false));
  for (const { invariant, detail } of found)
    process.stderr.write(`terraform-kill: ${invariant}: ${detail}\n`);
  const count = (name: Violation["invariant"]) => found.filter(({ invariant }) => invariant === name).length;
  const firstTold = evidences.map(({ told }) =>
    outcomeOf(told.find(({ args }) => args["command"] === "apply")),
  );
  const told = Object.entries(Object.groupBy(firstTold, (outcome) => outcome));
  const figures = {
    ...{ kills: evidences.length, seed, lost: count("lost"), unreported: count("silentUnknowns") },
    effects_per_plan_max: Math.max(0, ...evidences.map(({ effects }) => effects.length)),
    apply_told_as: Object.fromEntries(told.map(([outcome, all]) => [outcome, all?.length ?? 0])),
  };
  const isRight = found.length === 0 && figures.effects_per_plan_max <= 1;
  return { ok: isRight && evidences.length >= kills, figures };
}
