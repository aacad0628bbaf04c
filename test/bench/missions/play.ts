/** One mission: a team and a lab of its own, the operator's words, and what is there when it has ended or its time is over. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Env } from "../../../agents/base/config.ts";
import type { Bus, LiveEvent } from "../../../agents/bus/bus.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { RedisStore } from "../../../agents/bus/redis-store.ts";
import type { Signal } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { PROJECT_DIR } from "../../../launcher/team/project.ts";
import { follow } from "../../rig/follow.ts";
import { hear } from "../../rig/talk.ts";
import { readTeamRecord } from "../../rig/team-record.ts";
import { copyCheckout } from "../against/checkout-copy.ts";
import { type Evidence, IDLE_NOTICE, judgeMission, type Report } from "./judge.ts";
import { crashesIn, keepAll, readTalk } from "./records.ts";
import { startTypedTeam, type TypedTeam } from "./typed-team.ts";

/** `stopAfterS`: STOP is entered so long after the first role is at work. */
export type Mission = { name: string; say: string; stopAfterS?: number };

export type PlayOptions = {
  /** Which name the model. */
  settings: Env;
  limitMs: number;
  /** Gets what the team has written and said, in a folder of the mission's name. */
  keep?: string;
  signal: AbortSignal;
};

/** For the end of a turn after STOP, or beside the last word; and for the console's notice of idleness. */
const SETTLE_MS = 30_000;
const LOOK_MS = 250;
const redactor = createRedactor([]);

type Stage = { team: TypedTeam; bus: Bus; store: RedisStore };

/** Rejects when `signal` aborts, and when the product ends by itself. */
export async function playMission(mission: Mission, options: PlayOptions): Promise<Report> {
  const { settings, keep, signal } = options;
  await using stack = new AsyncDisposableStack();
  const { directory } = stack.use(copyCheckout(PROJECT_DIR));
  const team = await startTypedTeam(directory, settings, stack);
  const store = new RedisStore(team.redisUrl, "missions");
  stack.defer(() => store.close());
  const bus = connectRedisBus({ url: team.redisUrl, name: "missions", mode: "strict", redactor });
  stack.defer(() => bus.close());
  const ended = await playOut({ team, bus, store }, mission, options);
  signal.throwIfAborted();
  const talk = await readTalk(store, redactor);
  const { exitCode } = await team.leave();
  const crashes = crashesIn(directory, exitCode);
  const report = judgeMission({ ...ended, ...talk, crashes, screen: team.screen() });
  if (keep) keepAll(directory, join(keep, mission.name), { report, ...talk, screen: team.screen() });
  return report;
}

/** Until it has ended; then nobody is at work any more, or has been told to stop. */
async function playOut(
  { team, bus, store }: Stage,
  mission: Mission,
  { limitMs, signal }: PlayOptions,
): Promise<Pick<Evidence, "seconds" | "atLimit" | "wasAtWork" | "isStopped">> {
  const began = performance.now();
  const limit = AbortSignal.timeout(limitMs);
  const over = new AbortController();
  const states = new Map<Role, string>();
  let floor: Signal | undefined;
  const tell = (event: LiveEvent) => {
    if (event.kind === "activity") states.set(event.role, event.state);
    if (event.kind === "message" && (event.sender === OPERATOR || event.signal)) floor = event.signal;
  };
  const agentEnded = team.ended.then((end) => ({ role: "./minilab up", ...end }));
  const stopping = stopWhenAtWork({ team, bus }, mission, over.signal);
  team.type(mission.say);
  await follow({ bus, store, agentEnded }, undefined, { signal: AbortSignal.any([signal, limit]), tell });
  over.abort();
  const isStopped = await stopping;
  const seconds = (performance.now() - began) / 1_000;
  const atLimit = limit.aborted;
  const wasAtWork = [...states.values()].some((state) => state !== "idle");
  const hasEnded = () => readTeamRecord(store).then(({ sent, ended }) => sent === ended);
  if (!atLimit && !isStopped && floor === undefined)
    await until(() => IDLE_NOTICE.test(team.screen()), signal);
  if (atLimit || !(await until(hasEnded, signal))) {
    team.type("STOP");
    await until(hasEnded, signal);
  }
  return { seconds, atLimit, wasAtWork, isStopped };
}

/** Whether STOP was entered before `over`. */
async function stopWhenAtWork(
  { team, bus }: Pick<Stage, "team" | "bus">,
  { stopAfterS }: Mission,
  over: AbortSignal,
): Promise<boolean> {
  if (stopAfterS === undefined) return false;
  const isAtWork = (event: LiveEvent) =>
    (event.kind === "activity" && ["thinking", "tool"].includes(event.state)) || undefined;
  try {
    await hear(bus, isAtWork, over);
    await sleep(stopAfterS * 1_000, undefined, { signal: over });
  } catch {
    return false; // it ended before
  }
  team.type("STOP");
  return true;
}

/** Whether it has come true within the patience. */
async function until(isTrue: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + SETTLE_MS;
  while (!(await isTrue())) {
    if (performance.now() > end || signal.aborted) return false;
    await sleep(LOOK_MS);
  }
  return true;
}
