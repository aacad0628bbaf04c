/**
 * An agent's process without a model: it makes the tool calls that its parent sends, and says what a model would
 * have got. Nothing is redacted, so that what confines the tools is tried alone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, isAppError } from "../../agents/base/errors.ts";
import { openTeamSecrets } from "../../agents/base/team-secrets.ts";
import { broughtPrograms } from "../../agents/host/commands/brought-programs.ts";
import { Call } from "../../agents/host/commands/call.ts";
import type { CallId } from "../../agents/host/commands/call-id.ts";
import { createCommandRunner } from "../../agents/host/commands/command-runner.ts";
import { createSandbox } from "../../agents/host/commands/sandbox.ts";
import { workspaceOf } from "../../agents/host/files/paths.ts";
import { createNodePool } from "../../agents/host/nodes/node-pool.ts";
import { isRole } from "../../agents/protocol/roles.ts";
import { redactorOf } from "../../agents/redact/redact.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import { removeRunFolder } from "../../agents/tools/run-folder.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";
import type { Answer, CaptiveSettings, Order } from "./captive-parts.ts";
import { naiveRunner, weakened } from "./captive-parts.ts";

const settings: CaptiveSettings = JSON.parse(process.env["CAPTIVE"] ?? "{}");
const { directory, kind } = settings;
const workspace = workspaceOf("project", directory);
const redactor = redactorOf(() => []);
const visibleDirectory = "/app/docs/tool_output";
const artifacts = { directory: join(directory, "docs/team/tool_output"), visibleDirectory };
const permit = () => {};
const toolUser = { uid: 10_002, gid: 10_002 };
const folderUser = { uid: 10_006, gid: toolUser.gid, group: 10_006 };
const { programs, systemPath } = broughtPrograms(process.env["MINILAB_PROGRAMS"]);
const sandbox = await createSandbox(kind, {
  ...{ workspace, programs, protect: [visibleDirectory], toolUser, folderUser },
});
const calls = join(directory, "tmp/run/calls/DevOps_Builder");
const confined = weakened(sandbox, settings, workspace);
const processes =
  settings.without === "runner"
    ? naiveRunner(confined)
    : createCommandRunner({ sandbox: confined, artifacts, redactor, permit, calls, systemPath });
const terraform = join(directory, "tmp/run/terraform");
const callOf = (id: CallId) =>
  new Call({
    ...{ directory: calls, permit, id, signal: new AbortController().signal },
    local: [(ending) => processes.end(ending), (ending) => removeRunFolder({ workspace, terraform }, ending)],
    endOnHost: (host, ending) => nodes.end(host, ending),
  });
const pool = {
  ...{ nodes: [], user: "root", artifacts, redactor, onNotice: () => {} },
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
    ...{ role, workspace, processes, nodes, artifacts, redactor, env: process.env },
    ...{ access: row.access, call: callOf(call) },
    ...{ secrets: openTeamSecrets(undefined), terraform },
  };
  const peakBytes = () => process.resourceUsage().maxRSS * 1024;
  try {
    const { kind, stdout, stderr } = await row.tool.run(row.tool.input.parse(input), context);
    return { call, kind, text: stdout + stderr, peakBytes: peakBytes() };
  } catch (error) {
    const kind = isAppError(error) ? "refused" : "broken";
    return { call, kind, text: describeError(error), peakBytes: peakBytes() };
  } finally {
    await callOf(call).end();
  }
}
