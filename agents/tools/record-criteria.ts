/** record_criteria: what the mission demands, one line each, with the command that will prove it. Nothing of it is run here. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { classifyShell } from "../governance/effects.ts";
import {
  type Criterion,
  commandText,
  criterionId,
  hostName,
  MAX_CRITERIA,
  MAX_HOSTS,
} from "../protocol/criterion.ts";
import { CRITERIA } from "../protocol/mission.ts";
import { joinRedacted, redacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { missionOf } from "./mission-of.ts";
import { defineTool, type ToolContext, UNTOLD } from "./tool.ts";

const criterion = z.strictObject({
  id: criterionId,
  text: z.string().min(1).max(1_000),
  hosts: z.array(hostName).min(1).max(MAX_HOSTS),
  command: commandText.optional(),
  expected: z.string().max(2_000).default(""),
  exit: z
    .int()
    .min(0)
    .max(255)
    .default(0)
    .meta({ [UNTOLD]: true }),
  control: z.strictObject({ host: hostName, command: commandText }).optional(),
});
type Given = z.infer<typeof criterion>;

export const recordCriteria = defineTool({
  name: "record_criteria",
  description:
    "Record or replace criteria of the mission, by id. Each is proved by a command that QA_Tester has run.",
  input: z.strictObject({ criteria: z.array(criterion).min(1).max(MAX_CRITERIA) }),
  example: {
    criteria: [
      {
        id: "vm",
        text: "guest 100 runs",
        hosts: ["pve1"],
        command: "qm status 100",
        expected: "status: running",
      },
    ],
  },
  effect: () => "read",
  target: ({ criteria }) =>
    criteria
      .map(({ id }) => id)
      .join(" ")
      .slice(0, 100),
  async run({ criteria }, context) {
    const { desk, mission, signal } = await missionOf(context);
    for (const each of criteria) refuseUncheckable(each, context);
    const recorded = merged(
      mission.criteria,
      criteria.map((each) => made(each, context)),
    );
    if (recorded.length > MAX_CRITERIA)
      throw new AppError("bad_arguments", `at most ${MAX_CRITERIA} criteria`);
    await desk.record(mission.id, () => ({ [CRITERIA]: JSON.stringify(recorded) }), { signal });
    return okResult(
      redacted`The mission's criteria: ${joinRedacted(
        recorded.map(({ id }) => context.redactor(id)),
        ", ",
      )}.`,
    );
  },
});

function refuseUncheckable({ id, hosts, command, control }: Given, { nodes }: ToolContext): void {
  const known = new Set(nodes.nodes.map(({ name }) => name));
  const unknown = [...hosts, ...(control ? [control.host] : [])].find((host) => !known.has(host));
  if (unknown !== undefined)
    throw new AppError("bad_arguments", `${id}: ${unknown} is no host; there are ${[...known].join(", ")}`);
  for (const line of [command, control?.command]) {
    const found = line === undefined ? undefined : classifyShell(line);
    if (found?.effect === "infrastructure")
      throw new AppError(
        "bad_arguments",
        `${id}: a check only looks: \`${found.part}\` ${found.reason}. ${found.remedy}`,
      );
  }
}

function made(
  { id, text, hosts, command, expected, exit, control }: Given,
  { redactor }: ToolContext,
): Criterion {
  return {
    ...{ id, exit, revision: 1, text: redactor(text), expected: redactor(expected) },
    hosts: hosts.map((host) => redactor(host)),
    ...(command !== undefined && { command: redactor(command) }),
    ...(control && { control: { host: redactor(control.host), command: redactor(control.command) } }),
  };
}

/** What is said of one again is another revision of it; none is taken away. */
function merged(before: readonly Criterion[], given: readonly Criterion[]): Criterion[] {
  const all = new Map(before.map((each) => [each.id, each]));
  for (const each of given) {
    const known = all.get(each.id);
    const isSame = known && isDeepStrictEqual(plain({ ...each, revision: known.revision }), plain(known));
    if (!isSame) all.set(each.id, { ...each, revision: (known?.revision ?? 0) + 1 });
  }
  return [...all.values()];
}

function plain(criterion: Criterion): unknown {
  return JSON.parse(JSON.stringify(criterion));
}
