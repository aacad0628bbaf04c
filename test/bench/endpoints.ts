/**
 * `./minilab bench endpoints [--only ID] [--rehearse PROFILE] [--grammar DIR]`: what OpenAI-compatible servers are reported to do, each replayed over real HTTP to a role as the
 * product puts it together: one turn of it, and a second one when the server is well again. Judged by whoever did not
 * write the client, from outside: right, acceptable or wrong. `--rehearse`: a whole rehearsal against a server as strict as
 * that one is reported to be. `--grammar`: whether llama.cpp makes grammars of all schemas; DIR holds node-llama-cpp.
 */
import { AppError } from "../../agents/base/errors.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { rounded } from "../rig/measure.ts";
import { readOptions } from "../rig/options.ts";
import { loadCases } from "./endpoints/case.ts";
import { tryGrammars } from "./endpoints/grammar.ts";
import { judgeCase, type Verdict } from "./endpoints/judges.ts";
import { play } from "./endpoints/play.ts";
import { rehearseProfile } from "./endpoints/rehearse-profile.ts";

/** Of all cases this share must be right, and none wrong. */
const RIGHT_SHARE = 0.9;

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const { only, rehearse, grammar } = readOptions(args, { only: "", rehearse: "", grammar: "" });
  if (grammar) return await tryGrammars(grammar);
  if (rehearse) return await rehearseProfile(rehearse, signal);
  const cases = loadCases().filter(({ id }) => only === "" || only.split(",").includes(id));
  if (cases.length === 0) throw new AppError("bad_arguments", `no case ${only}`);
  const verdicts: Verdict[] = [];
  for (const given of cases) {
    const verdict = judgeCase(given, await play(given, signal));
    verdicts.push(verdict);
    if (verdict.grade !== "right" || only)
      process.stderr.write(`${verdict.grade.padEnd(10)} ${given.id} ${given.title}: ${verdict.why}\n`);
  }
  return count(verdicts);
}

export function count(verdicts: readonly Pick<Verdict, "grade">[]): Outcome {
  const of = (grade: Verdict["grade"]) => verdicts.filter((verdict) => verdict.grade === grade).length;
  const figures = {
    cases: verdicts.length,
    right: of("right"),
    acceptable: of("acceptable"),
    wrong: of("wrong"),
    right_share: rounded(of("right") / verdicts.length),
  };
  return { ok: figures.wrong === 0 && figures.right >= RIGHT_SHARE * figures.cases, figures };
}
