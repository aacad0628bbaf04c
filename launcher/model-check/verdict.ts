/** From what was found to a verdict per role, and to the settings that would change it. Pure. */
import type { Config } from "../../agents/base/config.ts";
import { ROLES, type Role } from "../../agents/protocol/roles.ts";
import { CONTEXTS, type Findings } from "./check-model.ts";
import { describeFinding, type Finding } from "./finding.ts";

export type Verdict = {
  role: Role;
  /** `limited`: short missions only; `unknown`: it was too slow to be measured within the limit. */
  verdict: "fit" | "limited" | "unfit" | "unknown";
  why: string;
  settings: string[];
};

const LARGER_CONTEXT =
  "a context of 32768 tokens or more: OLLAMA_CONTEXT_LENGTH or num_ctx (Ollama), -c 32768 (llama.cpp), --max-model-len (vLLM), context length when the model is loaded (LM Studio)";
const OTHER_MODEL =
  "LLM_MODEL: a model that calls tools, served with its tool calls parsed (llama.cpp: --jinja, vLLM: --enable-auto-tool-choice --tool-call-parser)";
/** Steps of a small mission of four roles. */
const MISSION_STEPS = 40;

export function verdicts(findings: Findings, config: Pick<Config, "LLM_TIMEOUT_S">): Verdict[] {
  return ROLES.flatMap((role) => {
    const step = findings.steps[role];
    return step ? [{ role, ...judgeRole(step, findings, config) }] : [];
  });
}

type Judged = Omit<Verdict, "role">;

function judgeRole(step: Finding, findings: Findings, config: Pick<Config, "LLM_TIMEOUT_S">): Judged {
  const { afterResult, contexts } = findings;
  const chain: [Finding, string, string][] = [
    [step, "a tool call", OTHER_MODEL],
    [afterResult, "the step after a result", OTHER_MODEL],
  ];
  for (const [finding, what, setting] of chain) {
    const judged = judgeNeeded(finding, what, setting);
    if (judged) return judged;
  }
  const [short, long] = CONTEXTS.map((tokens) => contexts.find((one) => one.tokens === tokens)?.finding);
  const cut = short && judgeNeeded(short, `a context of ${CONTEXTS[0]} tokens`, LARGER_CONTEXT);
  if (cut) return cut;
  const speed = speedOf(step, config);
  if (short?.kind === "skipped" || long === undefined || long.kind === "slow" || long.kind === "skipped")
    return {
      verdict: "limited",
      why: `${speed.why}; a long context was too slow to be measured`,
      settings: speed.settings,
    };
  if (long.kind !== "ok")
    return {
      verdict: "limited",
      why: `${CONTEXTS[1]} tokens: ${describeFinding(long)}`,
      settings: [LARGER_CONTEXT, ...speed.settings],
    };
  const one = findings.parallel.kind === "ok" ? "" : "; one call at a time";
  return { verdict: "fit", why: `${speed.why}${one}`, settings: speed.settings };
}

/** Without this a role cannot work. */
function judgeNeeded(finding: Finding, what: string, setting: string): Judged | undefined {
  switch (finding.kind) {
    case "ok":
    case "skipped":
      return undefined;
    case "slow":
      return {
        verdict: "unknown",
        why: `${what}: ${describeFinding(finding)}`,
        settings: ["--limit: more seconds for each question of this check"],
      };
    case "refused":
      return {
        verdict: "unfit",
        why: `${what}: ${finding.why}`,
        settings: settingsFor(finding.why, setting),
      };
    case "wrong":
      return { verdict: "unfit", why: `${what}: ${finding.why}`, settings: [setting] };
    default:
      return finding satisfies never;
  }
}

/** The endpoint's words name the setting themselves, or speak of the length. */
function settingsFor(why: string, otherwise: string): string[] {
  const named = why.match(/\b(?:LLM|OPENAI)_[A-Z_]{3,30}\b/g) ?? [];
  if (/context|num_ctx|max_model_len/i.test(why)) return [...named, LARGER_CONTEXT];
  return named.length > 0 ? [...new Set(named)] : [otherwise];
}

function speedOf(
  step: Finding,
  { LLM_TIMEOUT_S }: Pick<Config, "LLM_TIMEOUT_S">,
): { why: string; settings: string[] } {
  if (step.kind !== "ok") return { why: "its speed is not known", settings: [] };
  const { seconds } = step;
  const minutes = Math.max(1, Math.round((seconds * MISSION_STEPS) / 60));
  const why = `a step takes ${seconds.toFixed(1)} s, a mission of ${MISSION_STEPS} steps about ${minutes} min`;
  const needed = Math.ceil((seconds * 8) / 60) * 60; // a late step has many times the prompt of the first
  return { why, settings: needed > LLM_TIMEOUT_S ? [`LLM_TIMEOUT_S=${needed}`] : [] };
}
