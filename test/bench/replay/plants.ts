/** What is planted for a replay to name: five other policies of today, and five effects that were altered in a record. */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Config } from "../../../agents/base/config.ts";
import type { Role } from "../../../agents/protocol/roles.ts";
import { audited } from "../../../agents/tools/audited.ts";
import { toolsOf } from "../../../agents/tools/permissions.ts";
import { decodeLine, encodeLine, type Line } from "../../../launcher/recording/format.ts";

/** The role at whose turn, and the entry of the journal at which, it has to be named. */
export type Expected = { role: Role; at: string };

type Tools = typeof toolsOf;

/** Of a recording of the mission `build` or `refusals`. */
export type PolicyPlant = Expected & {
  name: string;
  mission: "build" | "refusals";
  tools?: Tools;
  config?: Partial<Config>;
};

export const POLICIES: readonly PolicyPlant[] = [
  {
    ...{ name: "DevOps_Builder has no run_shell any more", mission: "build" },
    ...{ role: "DevOps_Builder", at: "intent:1.2" },
    tools: changing("DevOps_Builder", "run_shell", () => undefined),
  },
  {
    ...{ name: "DevOps_Builder only looks with run_shell", mission: "build" },
    ...{ role: "DevOps_Builder", at: "intent:1.2" },
    tools: changing("DevOps_Builder", "run_shell", ({ tool }) => ({ tool: audited(tool), access: "audit" })),
  },
  {
    ...{ name: "QA_Tester may change nodes", mission: "refusals" },
    ...{ role: "QA_Tester", at: "intent:1.1" },
    tools: (role, inner) => {
      const table = new Map(toolsOf(role, inner));
      const full = toolsOf("DevOps_Builder", inner).get("run_ssh");
      return role === "QA_Tester" && full ? table.set("run_ssh", full) : table;
    },
  },
  {
    ...{ name: "save_file takes less", mission: "build" },
    ...{ role: "Architect_Zero", at: "intent:1.1" },
    tools: changing("Architect_Zero", "save_file", ({ tool, access }) => ({
      tool: { ...tool, input: z.strictObject({ path: z.string(), content: z.string().max(5) }) },
      access,
    })),
  },
  {
    ...{ name: "a turn has two steps", mission: "build" },
    ...{ role: "DevOps_Builder", at: "reply:3" },
    config: { MAX_STEPS: 2 },
  },
];

type Granted = NonNullable<ReturnType<ReturnType<Tools>["get"]>>;

/** One tool of one role as `change` makes it; without it when that is undefined. */
function changing(whose: Role, name: string, change: (granted: Granted) => Granted | undefined): Tools {
  return (role, inner) => {
    const table = new Map(toolsOf(role, inner));
    const granted = table.get(name);
    if (role !== whose || !granted) return table;
    const changed = change(granted);
    table.delete(name);
    return changed ? table.set(name, changed) : table;
  };
}

type Entry = Line & { kind: "entry" };

/** `isMeant` chooses an entry of the mission `build`; `change` gives it another value, or undefined to take it out. */
export type Alteration = Expected & {
  name: string;
  change: (value: Record<string, unknown>) => unknown;
  /** Also found by what the runtime does, when the altered line has a digest that fits. */
  isFelt: boolean;
};

export const ALTERATIONS: readonly Alteration[] = [
  {
    ...{ name: "a call that succeeded has failed", role: "DevOps_Builder", at: "outcome:1.2", isFelt: false },
    change: (value) => ({ ...value, kind: "failed", exitCode: 1 }),
  },
  {
    ...{ name: "a node has said something else", role: "DevOps_Builder", at: "outcome:2.2", isFelt: false },
    change: (value) => ({ ...value, stdout: "all is well" }),
  },
  {
    ...{ name: "another host was meant", role: "DevOps_Builder", at: "intent:2.2", isFelt: true },
    change: (value) => ({ ...value, target: "pve2" }),
  },
  {
    ...{ name: "a refusal was a success", role: "QA_Tester", at: "outcome:1.2", isFelt: true },
    change: (value) => ({ ...value, kind: "ok", exitCode: 0, stderr: "" }),
  },
  {
    ...{ name: "what came of a call is gone", role: "DevOps_Builder", at: "outcome:1.1", isFelt: true },
    change: () => undefined,
  },
];

/** A copy of the recording with the alteration; `isForged`: with digests and numbers made anew. */
export function alter(
  file: string,
  { role, at, change }: Alteration,
  { to, isForged }: { to: string; isForged: boolean },
): void {
  const isMeant = (what: Line): what is Entry =>
    what.kind === "entry" && what.role === role && what.key === at;
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const altered = lines.flatMap((json) => {
    const line = decodeLine(json);
    if (!line || !isMeant(line.what)) return [json];
    const value = change(line.what.value as Record<string, unknown>);
    return value === undefined ? [] : [JSON.stringify({ ...JSON.parse(json), value })];
  });
  writeFileSync(to, `${(isForged ? altered.map(renewed) : altered).join("\n")}\n`, { mode: 0o600 });
}

function renewed(json: string, index: number): string {
  const { line: _, digest: __, ...what } = JSON.parse(json);
  return encodeLine(index, what.kind === "end" ? { ...what, lines: index } : what);
}
