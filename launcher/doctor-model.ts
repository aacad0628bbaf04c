/** `./minilab doctor --model`: asks the model endpoint what a mission will ask of it; says before what that costs. */
import { parseArgs } from "node:util";
import { type Env, loadConfig } from "../agents/base/config.ts";
import { loadCredentials } from "../agents/base/credentials.ts";
import { AppError, describeError } from "../agents/base/errors.ts";
import { readPrices } from "../agents/protocol/prices.ts";
import { isRole, ROLES, type Role } from "../agents/protocol/roles.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { isConfirmed } from "./confirm.ts";
import { CONTEXTS, checkModel, type Findings, openingTokens } from "./model-check/check-model.ts";
import { describeFinding } from "./model-check/finding.ts";
import { describeCost, type Estimate, type Listing, readListing } from "./model-check/price.ts";
import { type Verdict, verdicts } from "./model-check/verdict.ts";
import { missingParts } from "./team/missing-parts.ts";
import { PROJECT_DIR } from "./team/project.ts";

const USAGE = "usage: ./minilab doctor --model [--yes] [--limit SECONDS] [--role ROLE] [--json]";
/** Of a reply to a question. */
const REPLY_TOKENS = 300;

type Options = { yes: boolean; limitMs: number; json: boolean; roles: readonly Role[] };

/** Exit code 0 when every role is fit, if only for short missions. */
export async function doctorModel(
  args: string[],
  { env, redactor, signal }: { env: Env; redactor: Redactor; signal: AbortSignal },
): Promise<number> {
  const options = readArguments(args);
  if (missingParts(env).scriptedModel)
    throw new AppError(
      "bad_config",
      "no model is set: OPENAI_API_KEY, OPENAI_API_BASE and LLM_MODEL name one",
    );
  const { config } = loadCredentials(loadConfig({ PROJECT_DIR, ...env }));
  const prices = readPrices(config, redactor);
  const listing = await readListing(config, prices, signal);
  const tell = (line: string) => process.stderr.write(`${redactor(line)}\n`);
  tell(`${config.LLM_MODEL} at ${config.OPENAI_API_BASE}`);
  for (const line of [...describeListing(config.LLM_MODEL, listing), ...prices.problems]) tell(line);
  const opening = await openingTokens("DevOps_Builder", config, redactor);
  const cost = describeCost(estimate(options.roles, opening), listing);
  tell(`${cost}; at most ${options.limitMs / 1_000} s a question`);
  const sure = `it costs what is said above: add --yes\n${USAGE}`;
  if (!options.yes && !(await isConfirmed({ question: "Ask it?", sure }, signal))) return 1;
  const { roles, limitMs } = options;
  const onQuestion = (what: string) => tell(`  ${what}`);
  const findings = await checkModel({ config, roles, limitMs, redactor, signal, onQuestion });
  const found = verdicts(findings, config);
  const ok = found.every(({ verdict }) => verdict === "fit" || verdict === "limited");
  const report = {
    ok,
    model: config.LLM_MODEL,
    base: config.OPENAI_API_BASE,
    cost,
    findings,
    verdicts: found,
  };
  console.log(redactor(options.json ? JSON.stringify(report) : asText(findings, found)));
  return ok ? 0 : 1;
}

function readArguments(args: string[]): Options {
  const options = {
    model: { type: "boolean" },
    yes: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    limit: { type: "string", default: "180" },
    role: { type: "string" },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    const seconds = Number(values.limit);
    const isRoleGood = values.role === undefined || isRole(values.role);
    if (!(seconds > 0 && seconds <= 3_600) || !isRoleGood)
      throw new Error(`--limit is 1 to 3600, --role one of ${ROLES.join(", ")}`);
    const roles = values.role === undefined ? ROLES : [values.role as Role];
    return { yes: values.yes, json: values.json, limitMs: seconds * 1_000, roles };
  } catch (error) {
    throw new AppError("bad_arguments", `${describeError(error)}\n${USAGE}`, { cause: error });
  }
}

/** Each role's tool call, then three kinds as one of them. */
function estimate(roles: readonly Role[], opening: number): Estimate {
  const questions = roles.length + 2 + CONTEXTS.length;
  const contexts = CONTEXTS.reduce((sum, tokens) => sum + tokens, 0);
  return { questions, tokensIn: questions * opening + contexts, tokensOut: questions * REPLY_TOKENS };
}

function describeListing(model: string, { names, isLoading }: Listing): string[] {
  if (isLoading) return ["the server still loads its model: ask again when it is ready"];
  if (names === undefined) return ["the endpoint lists no models: is it the address that ends in /v1?"];
  if (names.length === 0 || names.includes(model)) return [];
  return [`the endpoint does not list ${model}; it lists ${names.slice(0, 12).join(", ")}`];
}

export function asText(findings: Findings, found: readonly Verdict[]): string {
  const questions: [string, string][] = [
    ...Object.entries(findings.steps).map(([role, step]): [string, string] => [
      `tool call, ${role}`,
      describeFinding(step),
    ]),
    ["report on a result", describeFinding(findings.afterResult)],
    ["two calls at once", describeFinding(findings.parallel)],
    ...findings.contexts.map(({ tokens, finding }): [string, string] => [
      `${tokens} tokens`,
      describeFinding(finding),
    ]),
  ];
  const width = Math.max(...questions.map(([name]) => name.length));
  return [
    ...questions.map(([name, what]) => `${name.padEnd(width)}  ${what}`),
    "",
    ...found.flatMap(({ role, verdict, why, settings }) => [
      `${verdict.padEnd(8)}${role}: ${why}`,
      ...settings.map((setting) => `        -> ${setting}`),
    ]),
  ].join("\n");
}
