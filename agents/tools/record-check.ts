/**
 * record_check: the check of a criterion, run by the runtime as it was recorded, over new logins. What it showed is
 * recorded, whatever anybody says of it.
 */
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { classifyShell } from "../governance/effects.ts";
import {
  type Check,
  type Control,
  type Criterion,
  criterionId,
  MAX_OBSERVED_CHARS,
  type Seen,
} from "../protocol/criterion.ts";
import { checkField } from "../protocol/mission.ts";
import { cutRedacted, joinRedacted, type Redacted, redacted } from "../redact/redacted.ts";
import { joinLines } from "./command-result.ts";
import { missionOf } from "./mission-of.ts";
import { defineTool, type ToolContext, type ToolResult } from "./tool.ts";

type Checkable = Criterion & { command: Redacted };

const TIMEOUT_MS = 60_000;

export const recordCheck = defineTool({
  name: "record_check",
  description: "Run a criterion's command on its hosts and record the outcome.",
  input: z.strictObject({ criterion: criterionId }),
  example: { criterion: "vm" },
  effect: () => "read",
  target: ({ criterion }) => criterion,
  async run({ criterion: id }, context) {
    const { desk, mission, signal } = await missionOf(context);
    const criterion = mission.criteria.find((each) => each.id === id);
    if (!criterion) throw new AppError("not_found", `no criterion ${id}: ${namesOf(mission.criteria)}`);
    const { command } = criterion;
    if (command === undefined)
      throw new AppError("not_allowed", `${id} has no command: only the operator can accept it`);
    const began = performance.now();
    const [seen, control] = [
      await lookAll({ ...criterion, command }, context),
      await lookAtControl(criterion, context),
    ];
    const passed = seen.every((each) => each.passed) && control?.passed !== true;
    const check = (now: number): Check => ({
      ...{ criterion: id, revision: criterion.revision, passed, seen, control, at: now },
      began: Math.max(0, Math.floor(now - (performance.now() - began))),
    });
    await desk.record(mission.id, (now) => ({ [checkField(id)]: JSON.stringify(check(now)) }), { signal });
    return resultOf(criterion, { passed, seen, control });
  },
});

function namesOf(criteria: readonly Criterion[]): string {
  return criteria.length === 0
    ? "none are recorded; Architect_Zero records them"
    : `there are ${criteria.map(({ id }) => id).join(", ")}`;
}

async function lookAll(criterion: Checkable, context: ToolContext): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const host of criterion.hosts)
    seen.push(await look(criterion, { host, command: criterion.command }, context));
  return seen;
}

async function lookAtControl(criterion: Criterion, context: ToolContext): Promise<Seen | undefined> {
  return criterion.control && (await look(criterion, criterion.control, context));
}

/** AppError `not_allowed` for what does not only look, whoever recorded it. A host that does not answer has shown nothing. */
async function look(
  { expected, exit }: Criterion,
  { host, command }: Control,
  context: ToolContext,
): Promise<Seen> {
  if (classifyShell(command).effect !== "read")
    throw new AppError("not_allowed", `\`${command}\` is not certain to change nothing: it is no check`);
  const options = { timeoutMs: TIMEOUT_MS, call: context.call, login: "fresh" } as const;
  const { kind, exitCode, stdout, stderr } = await context.nodes.exec(host, command, options);
  const observed = cutRedacted(joinLines([stdout.text, stderr.text]), { maxBytes: MAX_OBSERVED_CHARS }).text;
  const passed = kind === "exited" && exitCode === exit && hasLines(stdout.text, expected);
  return { host, passed, exitCode, observed };
}

/** Each expected line is a line of the output, whole; runs of spaces count as one. */
export function hasLines(output: string, expected: string): boolean {
  const lines = new Set(output.split("\n").map(plain));
  return expected
    .split("\n")
    .map(plain)
    .every((line) => line === "" || lines.has(line));
}

function plain(line: string): string {
  return line.split(/\s+/).filter(Boolean).join(" ");
}

function resultOf(
  criterion: Criterion,
  { passed, seen, control }: Pick<Check, "passed" | "seen" | "control">,
): ToolResult {
  const lines = seen.map((each) => shown(each, each.passed ? redacted`as expected` : expectedOf(criterion)));
  if (control)
    lines.push(
      shown(
        control,
        control.passed
          ? redacted`the control shows the same: this check proves nothing`
          : redacted`the control fails, as it must`,
      ),
    );
  const verdict = passed ? redacted`PASSED, recorded.` : redacted`NOT PASSED, recorded.`;
  return {
    kind: passed ? "ok" : "failed",
    exitCode: passed ? 0 : 1,
    stdout: joinRedacted([verdict, ...lines], "\n"),
    ...{ stderr: redacted``, truncated: false, artifact: null },
  };
}

function expectedOf({ exit, expected }: Criterion): Redacted {
  return expected === ""
    ? redacted`expected exit ${exit}`
    : redacted`expected exit ${exit} and:\n${expected}\nshown:`;
}

function shown({ host, exitCode, observed }: Seen, remark: Redacted): Redacted {
  return redacted`${host}: exit ${exitCode ?? "none"}, ${remark}\n${observed}`;
}
