/**
 * An agent's process without a model: it makes the tool calls that its parent sends, and says what a model would
 * have got. Nothing is redacted, so that what confines the tools is tried alone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, isAppError } from "../../agents/base/errors.ts";
import { createCommandRunner } from "../../agents/host/commands/command-runner.ts";
import { createSandbox } from "../../agents/host/commands/sandbox.ts";
import { workspaceOf } from "../../agents/host/files/paths.ts";
import { createNodePool } from "../../agents/host/nodes/node-pool.ts";
import { isRole } from "../../agents/protocol/roles.ts";
import { redactorOf } from "../../agents/redact/redact.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";
import type { Answer, CaptiveSettings, Order } from "./captive-parts.ts";
import { naiveRunner, weakened } from "./captive-parts.ts";

const settings: CaptiveSettings = JSON.parse(process.env["CAPTIVE"] ?? "{}");
const { directory, kind } = settings;
const workspace = workspaceOf("project", directory);
const redactor = redactorOf(() => []);
const visibleDirectory = "/app/docs/tool_output";
const artifacts = { directory: join(directory, "docs/tool_output"), visibleDirectory };
const permit = () => {};
const toolUser = { uid: 10_002, gid: 10_002 };
const sandbox = await createSandbox(kind, { workspace, protect: [visibleDirectory], toolUser });
const calls = join(directory, "tmp/run/calls/DevOps_Builder");
const confined = weakened(sandbox, settings, workspace);
const processes =
  settings.without === "runner"
    ? naiveRunner(confined)
    : createCommandRunner({ sandbox: confined, artifacts, redactor, permit, calls });
const pool = {
  ...{ nodes: [], user: "root", artifacts, redactor, permit, onNotice: () => {} },
  knownNodesFile: join(directory, "tmp/known_nodes"),
};
const keyIn = (file: string) => readFileSync(join(directory, file));
const nodes = createNodePool({ ...pool, privateKey: keyIn("tmp/bootstrap_key") });
const ofAnotherRole = createNodePool({ ...pool, privateKey: keyIn("tmp/other_key") });
await ofAnotherRole.serveAgent({
  proofOfHost: "optional",
  isShared: false,
  signal: new AbortController().signal,
});

process.on("message", (order: Order) => void obey(order).then((answer) => process.send?.(answer)));
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function obey({ call, role, tool: name, input }: Order): Promise<Answer> {
  const row = isRole(role) ? toolsOf(role).get(name) : undefined;
  if (!row || !isRole(role)) return { call, kind: "refused", text: "no such tool", peakBytes: 0 };
  const context: ToolContext = {
    ...{ role, workspace, processes, nodes, artifacts, permit, redactor, env: process.env },
    ...{ access: row.access, callId: call, signal: new AbortController().signal },
  };
  const peakBytes = () => process.resourceUsage().maxRSS * 1024;
  try {
    const { kind, stdout, stderr } = await row.tool.run(row.tool.input.parse(input), context);
    return { call, kind, text: stdout + stderr, peakBytes: peakBytes() };
  } catch (error) {
    const kind = isAppError(error) ? "refused" : "broken";
    return { call, kind, text: describeError(error), peakBytes: peakBytes() };
  } finally {
    await processes.endCalls((id) => id === call);
  }
}
