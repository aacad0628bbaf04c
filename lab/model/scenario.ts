/** A scenario: the YAML file that says what the scripted model answers, checked whole before it is played. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { AppError, describeError } from "../../agents/base/errors.ts";
import { ROLES, SENDERS } from "../../agents/protocol/roles.ts";
import { fault } from "./faults.ts";

/** `^` and `$` match at lines, `.` matches newlines: tool results are read as a whole. */
const pattern = patternOf((source) => source, "ms");
/** For one value, all of it. */
const wholePattern = patternOf((source) => `^(?:${source})$`, "s");

/** One pattern, or several that must all match. */
const patterns = z.union([pattern, z.array(pattern).min(1)]).transform((value) => [value].flat());

const condition = z.strictObject({
  /** Who sent the message that the turn is about. */
  from: z.enum(SENDERS).optional(),
  /** On the text of that message. */
  heard: patterns.optional(),
  /** On the tool results of the step before, or at the first step on the heard message itself. */
  last: patterns.optional(),
  /** The n-th model call of the turn, from 1. Without it the rule holds at every call. */
  step: z.number().int().min(1).optional(),
});

const call = z.strictObject({ tool: z.string().min(1), arguments: z.record(z.string(), z.unknown()) });

const rule = z
  .strictObject({
    role: z.enum(ROLES),
    when: condition.default({}),
    think: z.string().optional(),
    say: z.string().optional(),
    call: z.array(call).min(1).optional(),
    delay_ms: z.number().int().min(0).max(600_000).default(0),
    fault: fault.optional(),
  })
  .refine((value) => value.say !== undefined || value.call !== undefined || value.fault !== undefined, {
    message: "a rule needs say, call or fault",
  });

/** What must be true on the cluster at the end. Patterns must match a whole value. */
const expectation = z.strictObject({
  guests: z
    .array(
      z.strictObject({
        vmid: z.number().int(),
        node: z.string(),
        status: z.enum(["running", "stopped"]),
        config: z.record(z.string(), wholePattern),
      }),
    )
    .default([]),
  /** Settings of sshd in force on every node, by their names in `sshd -T`. */
  sshd: z.record(z.string(), wholePattern).default({}),
  password_login: z.enum(["refused", "accepted"]).optional(),
  /** Every node has been through a playbook without a failure. */
  ansible: z.boolean().default(false),
});

const scenario = z.strictObject({
  name: z.string().min(1),
  /** What the operator asks; `{{request}}` in a text. */
  request: z.string().min(1),
  expect: expectation.prefault({}),
  /** Patterns with named groups, searched in the conversation, newest message first: `{{group}}` in a text. */
  find: z.array(pattern).default([]),
  rules: z.array(rule).min(1),
});

export type Rule = z.infer<typeof rule>;
export type Expectation = z.infer<typeof expectation>;
export type Scenario = z.infer<typeof scenario>;

/** Read a scenario file. Throws AppError `bad_config` that names the file and every problem in it. */
export function loadScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new AppError("bad_config", `Scenario ${file}: ${describeError(error)}`, { cause: error });
  }
  return parseScenario(text, file);
}

/** `source` names the text in errors. Throws AppError `bad_config`. */
export function parseScenario(text: string, source: string): Scenario {
  const parsed = scenario.safeParse(parseYaml(text, source));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join(".") || "file"}: ${issue.message}`,
  );
  throw new AppError("bad_config", `Scenario ${source}:\n${problems.join("\n")}`);
}

function patternOf(around: (source: string) => string, flags: string) {
  return z.string().transform((source, ctx) => {
    try {
      // Linear because agents/expressions.long.test.ts judges every pattern of every scenario.
      return new RegExp(around(source), flags);
    } catch (error) {
      ctx.addIssue({ code: "custom", message: describeError(error) });
      return z.NEVER;
    }
  });
}

function parseYaml(text: string, source: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new AppError("bad_config", `Scenario ${source} is not YAML: ${describeError(error)}`, {
      cause: error,
    });
  }
}
