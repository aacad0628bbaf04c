/** What `./minilab rehearse` is asked for. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Config } from "../agents/base/config.ts";
import { AppError, describeError } from "../agents/base/errors.ts";
import { APPROVALS } from "../agents/protocol/dials.ts";
import { loadProfile, type Profile } from "../lab/model/profile.ts";
import { loadScenario, type Scenario } from "../lab/model/scenario.ts";
import { PROJECT_DIR } from "./team/project.ts";

const USAGE =
  "usage: ./minilab rehearse [--json] [--scenario FILE] [--break guest] [--keep] [--timeout SECONDS] [--operator PROGRAM] [--profile SERVER] [--approval advise|reviewer|high-risk|operator]";

export type RehearsalOptions = {
  json: boolean;
  scenario: Scenario;
  breaksGuest: boolean;
  keep: boolean;
  timeoutMs: number;
  /** A program that plays the operator: the request on its standard input, Redis by REDIS_URL. */
  operator: string | undefined;
  /** The scripted model refuses and answers as that server is reported to. */
  profile: Profile | undefined;
  /** Who is asked before the cluster is changed. */
  approval: Approval;
};

type Approval = Config["APPROVAL"];

export function parseOptions(args: string[]): RehearsalOptions {
  const { values } = readArguments(args);
  const seconds = Number(values.timeout);
  const isBreakable = values.break === undefined || values.break === "guest";
  const approval = APPROVALS.find((word) => word === values.approval);
  if (!isBreakable || !approval || !(seconds > 0)) throw new AppError("bad_arguments", USAGE);
  return {
    json: values.json,
    scenario: loadScenario(values.scenario),
    breaksGuest: values.break === "guest",
    keep: values.keep,
    timeoutMs: seconds * 1000,
    operator: values.operator,
    approval,
    profile: values.profile === undefined ? undefined : loadProfile(values.profile),
  };
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        json: { type: "boolean", default: false },
        scenario: { type: "string", default: join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml") },
        break: { type: "string" },
        keep: { type: "boolean", default: false },
        timeout: { type: "string", default: "300" },
        operator: { type: "string" },
        profile: { type: "string" },
        approval: { type: "string", default: "high-risk" },
      },
    });
  } catch (error) {
    throw new AppError("bad_arguments", `${describeError(error)}\n${USAGE}`, { cause: error });
  }
}
