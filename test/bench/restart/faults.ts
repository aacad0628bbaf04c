/** The ways in which Redis and the team end, and how they come back. */
import { appendFileSync, statSync, truncateSync } from "node:fs";
import type { MortalRedis } from "../../rig/mortal-redis.ts";
import type { Crew } from "./crew.ts";
import type { Facts } from "./facts.ts";
import type { Operator } from "./operator.ts";

/** How long the last words of the agents may take to arrive. */
const LAST_WORDS_MS = 10_000;

export const FAULTS = [
  "redis SIGKILL",
  "redis SIGTERM",
  "redis cut",
  "team SIGKILL",
  "team SIGTERM",
  "team cut",
] as const;
export type Fault = (typeof FAULTS)[number];

export type Scene = {
  redis: MortalRedis;
  crew: Crew;
  operator: Operator;
  facts: Facts;
  random: () => number;
  signal: AbortSignal;
};

/** A transaction that would change who works, of which only the beginning has reached the disk. */
const TORN = ["MULTI", "HSET control state running epoch 1", "EXEC"].map(encode).join("");

/** Resolves when all of it runs again. */
export async function restart(fault: Fault, scene: Scene): Promise<void> {
  const { redis, crew, operator, facts } = scene;
  const [who, how] = fault.split(" ");
  await redis.kill(how === "SIGTERM" ? "SIGTERM" : "SIGKILL");
  if (how === "cut") await cut(scene);
  if (who === "team") await crew.end(how === "SIGTERM" ? "SIGTERM" : "SIGKILL");
  await redis.start();
  facts.began(redis.file);
  if (who === "redis") return;
  await operator.reopen();
  crew.start();
}

/** The file ends somewhere behind the last byte that anybody was told is on the disk. */
async function cut({ crew, facts, random, signal }: Scene): Promise<void> {
  await crew.hasHeardTheLast(AbortSignal.any([signal, AbortSignal.timeout(LAST_WORDS_MS)]));
  const { file } = facts;
  const { size } = statSync(file);
  const loose = size - facts.acknowledgedBytes;
  if (loose > 0) truncateSync(file, size - Math.floor(random() * (loose + 1)));
  else appendFileSync(file, TORN.slice(0, Math.floor(random() * TORN.length)));
}

function encode(line: string): string {
  const words = line.split(" ");
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}
