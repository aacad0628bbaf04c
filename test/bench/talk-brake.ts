/**
 * `./minilab bench talk-brake`: the brake on talk (agents/runtime/talk-brake.ts) against planted loops and ordinary
 * exchanges that were written before it. A loop is caught when it is stopped within its first three rounds; an exchange
 * is something said and its answer, in the talk that it belongs to.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ours } from "../../agents/redact/redacted.ts";
import { circleOf, type Word } from "../../agents/runtime/talk-brake.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { plantedLoops } from "./talk-brake/loops.ts";
import { ordinaryFlows } from "./talk-brake/ordinary-flows.ts";
import type { Spoken } from "./talk-brake/spoken.ts";

const CAUGHT_WITHIN = 6; // messages: three rounds
const LIMITS = { caught: 0.95, stopped: 0.01, ordinary: 300 };

export async function run(args: string[]): Promise<Outcome> {
  const options = readOptions(args, { loops: "200", seed: "9" });
  const loops = plantedLoops(readCount("loops", options.loops), readCount("seed", options.seed));
  const missed = loops.filter(({ prefix, loop }) => {
    const at = stoppedAt([...prefix, ...loop]);
    return at === undefined || at < prefix.length || at >= prefix.length + CAUGHT_WITHIN;
  });
  const talks = [...recorded(), ...ordinaryFlows()];
  const ordinary = talks.reduce((sum, talk) => sum + Math.floor(talk.length / 2), 0);
  const stopped = talks.filter((talk) => stoppedAt(talk) !== undefined).length;
  const caught = loops.length - missed.length;
  return {
    ok:
      caught >= LIMITS.caught * loops.length &&
      stopped <= LIMITS.stopped * ordinary &&
      ordinary >= LIMITS.ordinary,
    figures: { loops: loops.length, caught, ordinary, stopped, missed: countNames(missed) },
  };
}

/** Out of sessions of the original team: what its roles said to each other in their first two rounds, shortened. */
function recorded(): Spoken[][] {
  const text = readFileSync(join(import.meta.dirname, "talk-brake/recorded.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Spoken[]);
}

/** The place of the first message that would not be delivered. */
function stoppedAt(talk: readonly Spoken[]): number | undefined {
  const words = talk.map(
    ({ from, to, text, work }): Word => ({ sender: from, to: [to], content: ours(text), work }),
  );
  const at = words.findIndex((word, index) => circleOf(words.slice(0, index), word) !== undefined);
  return at < 0 ? undefined : at;
}

function countNames(loops: readonly { name: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of loops) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
