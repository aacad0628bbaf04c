/**
 * `./minilab bench context [--sessions DIR] [--carry] [--seed N]`: what the prompts of a team cost, by the thread that its
 * agents have and by the policy of the experiment that this project ports, over the same work: recorded sessions, answers
 * and results as they were, or, where there are none, sessions of chance; `set` says which. `--carry`: all sessions as one
 * history. Tokens are estimated at four characters, for both; thinking is on neither bill. `begun_anew` counts prompts
 * that do not begin with the one before them though nothing was evicted.
 */
import { join } from "node:path";
import type { Role } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { createSystemPrompt } from "../../agents/runtime/prompt.ts";
import { toolDefinitions } from "../../agents/runtime/tool-call.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { readSessions, type SessionEvent } from "./context/events.ts";
import { Play } from "./context/play.ts";
import { inputDollars, outputDollars, type Sums } from "./context/sums.ts";
import { syntheticSessions } from "./context/synthetic.ts";

const RECORDED = join(PROJECT_DIR, "../shared/recorded/sessions");
const LIMITS = { input: 0.26, dollars: 0.5, uncached: 0.2, cachedShare: 0.88, largest: 24_000 };

export async function run(args: string[]): Promise<Outcome> {
  const given = args.filter((arg) => arg !== "--carry");
  const { sessions, seed } = readOptions(given, { sessions: RECORDED, seed: "7" });
  const recorded = readSessions(sessions);
  const all = recorded ?? [syntheticSessions(readCount("seed", seed))];
  const outcome = judge(await playAll(args.includes("--carry") ? [all.flat()] : all));
  const set = recorded ? `${recorded.length} recorded sessions` : "synthetic: no recorded sessions here";
  return { ...outcome, figures: { set, ...outcome.figures } };
}

/** Each on its own, in one sum. */
export async function playAll(sessions: readonly (readonly SessionEvent[])[]): Promise<Sums[]> {
  const sums: Sums[] = [];
  for (const events of sessions) {
    const play = new Play(headOf);
    await play.play(events);
    sums.push(play.sums);
  }
  return sums;
}

function headOf(role: Role): { tools: string; system: string } {
  const redactor = createRedactor([]);
  const system = createSystemPrompt({ role, directory: join(PROJECT_DIR, "prompts"), nodes: [], redactor })();
  const definitions = toolDefinitions(toolsOf(role));
  return { tools: JSON.stringify(definitions), system };
}

export function judge(all: readonly Sums[]): Outcome {
  const sum = (of: (sums: Sums) => number) => all.reduce((total, each) => total + of(each), 0);
  const [input, theirs, output] = [
    sum(({ ours }) => inputDollars(ours)),
    sum(({ original }) => inputDollars(original)),
    sum(outputDollars),
  ];
  const [tokens, cached] = [sum(({ ours }) => ours.tokens), sum(({ ours }) => ours.cached)];
  const theirUncached = sum(({ original }) => original.tokens - original.cached);
  const figures = {
    input_dollar_ratio: rounded(input / theirs),
    dollar_ratio: rounded((input + output) / (theirs + output)),
    uncached_ratio: rounded((tokens - cached) / theirUncached),
    cached_share: rounded(cached / tokens),
    largest_prompt_tokens: Math.max(...all.map(({ ours }) => ours.largest)),
    calls_without_mission: sum(({ ours }) => ours.withoutMission),
    begun_anew: sum(({ begunAnew }) => begunAnew),
    evictions: sum(({ evictions }) => evictions),
    steps: sum(({ ours }) => ours.steps),
    tokens_a_step: Math.round(tokens / sum(({ ours }) => ours.steps)),
    original_tokens_a_step: Math.round(
      sum(({ original }) => original.tokens) / sum(({ original }) => original.steps),
    ),
    original_cached_share: rounded(
      sum(({ original }) => original.cached) / sum(({ original }) => original.tokens),
    ),
    original_without_mission: sum(({ original }) => original.withoutMission),
  };
  const ok =
    figures.input_dollar_ratio <= LIMITS.input &&
    figures.dollar_ratio <= LIMITS.dollars &&
    figures.uncached_ratio <= LIMITS.uncached &&
    figures.cached_share >= LIMITS.cachedShare &&
    figures.largest_prompt_tokens <= LIMITS.largest &&
    figures.calls_without_mission + figures.begun_anew === 0;
  return { ok, figures };
}

function rounded(ratio: number): number {
  return Math.round(ratio * 1_000) / 1_000;
}
