/** From a word to the model request that follows it, through the bus and through bare transactions, in turn. */
import { join } from "node:path";
import type { Redis } from "ioredis";
import type { Bus, Draft, LiveEvent } from "../../../agents/bus/bus.ts";
import { abortable } from "../../../agents/host/commands/abortable.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../../agents/protocol/roles.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { Answering } from "../peers/contest.ts";
import { say } from "./bare-commands.ts";
import type { TimedModel } from "./timed-model.ts";

const WARM_UP = 20;
/** A trial that takes longer is a failure. */
const LIMIT_MS = 30_000;
/** The operator speaks to the one, who tags the other. */
export const AUTHOR: Role = "Architect_Zero";
export const TAGGED: Role = "Security_Sentinel";
const ORDER = "Have it looked at.";

/** Milliseconds from a word to the request that follows it: the operator's, and an agent's. */
export type Latency = { operatorMs: number; agentMs: number };
export type Arena = {
  directory: string;
  model: TimedModel;
  /** The operator's. */
  bus: Bus;
  /** A Redis of its own for those who are compared with, so that neither grows the records of the other. */
  bare: { url: string; redis: Redis };
  signal: AbortSignal;
  /** When the last answer to the author left; milliseconds. */
  authorAnsweredMs(): number;
};

/** One after the other in turn, so that whatever else this machine does is shared. */
export async function compare(arena: Arena, trials: number): Promise<Record<"bus" | "multi", Latency[]>> {
  const limited = (trial: Promise<Latency>) =>
    abortable(trial, AbortSignal.any([arena.signal, AbortSignal.timeout(LIMIT_MS)]));
  for (let trial = 0; trial < WARM_UP; trial++) await limited(throughBus(arena));
  await using bareTagged = bare(arena, [TAGGED]);
  await bareTagged.answer(); // that it is ready
  await using bareAuthor = bare(arena, [AUTHOR, TAGGED]);
  await bareAuthor.answer();
  for (let trial = 0; trial < WARM_UP; trial++) await limited(throughMulti(arena));
  const measured = { bus: [] as Latency[], multi: [] as Latency[] };
  for (let trial = 0; trial < trials; trial++) {
    measured.bus.push(await limited(throughBus(arena)));
    measured.multi.push(await limited(throughMulti(arena)));
  }
  return measured;
}

function bare({ bare, model, directory, signal }: Arena, args: string[]): Answering {
  return new Answering(join(directory, "bare.mjs"), {
    args: [bare.url, model.url, ...args],
    directory,
    signal,
  });
}

/** The operator to the author, the author to the tagged one, whose report ends the trial. */
async function throughBus(arena: Arena): Promise<Latency> {
  const ended = nextEvent(arena.bus, isFinalReply);
  const latency = await time(arena, async () => {
    const draft: Draft = {
      id: newMessageId(OPERATOR),
      sender: OPERATOR,
      to: [AUTHOR],
      content: ours(ORDER),
    };
    await arena.bus.send(draft, { signal: arena.signal });
  });
  await ended;
  return latency;
}

async function throughMulti(arena: Arena): Promise<Latency> {
  const word = { to: AUTHOR, content: ORDER };
  return await time(arena, async () => void (await arena.bare.redis.multi(say(OPERATOR, word)).exec()));
}

async function time({ model, authorAnsweredMs }: Arena, say: () => Promise<void>): Promise<Latency> {
  const first = model.next((asked) => asked.role === AUTHOR);
  const second = model.next((asked) => asked.role === TAGGED);
  const beganMs = performance.now();
  await say();
  const operatorMs = (await first).arrivedMs - beganMs;
  const asked = await second;
  return { operatorMs, agentMs: asked.arrivedMs - authorAnsweredMs() };
}

function isFinalReply(event: LiveEvent): boolean {
  return event.kind === "message" && event.sender === AUTHOR && event.to.length === 0 && !event.fact;
}

function nextEvent(bus: Bus, accepts: (event: LiveEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = bus.watch((event) => {
      if (!accepts(event)) return;
      stop();
      resolve();
    });
  });
}
