/**
 * The calls that a robbed agent makes in its container: the agent's own tools, sandbox and key, without redaction, so
 * that what confines the tools is tried alone.
 */
import { readFileSync } from "node:fs";
import { type Config, projectPath } from "../../agents/base/config.ts";
import { AppError, describeError, isAppError } from "../../agents/base/errors.ts";
import { openTeamSecrets } from "../../agents/base/team-secrets.ts";
import { broughtPrograms } from "../../agents/host/commands/brought-programs.ts";
import { Call } from "../../agents/host/commands/call.ts";
import { type CallId, callIdOf, turnIdOf } from "../../agents/host/commands/call-id.ts";
import { createCommandRunner } from "../../agents/host/commands/command-runner.ts";
import { CALL_MARK } from "../../agents/host/commands/descendants.ts";
import { createSandbox, type Sandbox } from "../../agents/host/commands/sandbox.ts";
import { folderUserOf, toolUserOf } from "../../agents/host/commands/tool-user.ts";
import { terraformFolder, workspaceOf } from "../../agents/host/files/paths.ts";
import { createNodePool } from "../../agents/host/nodes/node-pool.ts";
import { redactorOf } from "../../agents/redact/redact.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import { removeRunFolder } from "../../agents/tools/run-folder.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";
import type { Answer, Order } from "./captive-parts.ts";

export type Caller = {
  isAudit: boolean;
  call(order: Pick<Order, "tool" | "input">): Promise<Answer & { callId: string }>;
  close(): Promise<void>;
};

/** `withoutUser`: commands run as the agent itself, for a negative control. */
export async function createCaller(config: Config, withoutUser: boolean): Promise<Caller> {
  const { AGENT_ROLE: role } = config;
  if (!role) throw new AppError("bad_config", "AGENT_ROLE is not set");
  const tools = toolsOf(role);
  const context = await createContext(config, withoutUser);
  let calls = 0;
  return {
    close: () => context.nodes.close(),
    isAudit: tools.get("run_shell")?.access === "audit",
    async call({ tool: name, input }) {
      const row = tools.get(name);
      if (!row) throw new AppError("not_allowed", `${role} has no ${name}`);
      const callId = callIdOf(turnIdOf("attack", `${process.pid}`), `${++calls}`);
      const call = context.open(callId);
      const all: ToolContext = { ...context, role, access: row.access, call };
      const answer = { callId, call: callId, peakBytes: 0 };
      try {
        const { kind, stdout, stderr } = await row.tool.run(row.tool.input.parse(input), all);
        return { ...answer, kind, text: stdout + stderr };
      } catch (error) {
        if (!isAppError(error)) throw error;
        return { ...answer, kind: "refused", text: describeError(error) };
      } finally {
        await call.end();
      }
    },
  };
}

async function createContext(config: Config, withoutUser: boolean) {
  const workspace = workspaceOf("container", "/app");
  const redactor = redactorOf(() => []);
  const artifacts = { directory: "/tmp/attack-outputs", visibleDirectory: "/app/docs/tool_output" };
  const common = { artifacts, redactor };
  const permit = () => {};
  const directory = "/tmp/attack-calls";
  const sandbox = withoutUser
    ? sameUser()
    : await createSandbox("container", {
        ...{ workspace, toolUser: toolUserOf(config), folderUser: folderUserOf(config) },
      });
  const nodes = createNodePool({
    ...{ ...common, nodes: config.PROXMOX_NODES, user: config.SSH_USER, onNotice: () => {} },
    privateKey: readIfThere(projectPath(config, config.SSH_KEY_FILE)),
    knownNodesFile: projectPath(config, config.KNOWN_NODES_FILE),
  });
  const processes = createCommandRunner({
    ...{ ...common, permit, sandbox, calls: directory },
    systemPath: broughtPrograms(config.MINILAB_PROGRAMS).systemPath,
  });
  const terraform = terraformFolder("container", "/app");
  const open = (id: CallId) =>
    new Call({
      ...{ directory, permit, id, signal: new AbortController().signal },
      local: [
        (ending) => processes.end(ending),
        (ending) => removeRunFolder({ workspace, terraform }, ending),
      ],
      endOnHost: (host, ending) => nodes.end(host, ending),
    });
  const own = { secrets: openTeamSecrets(undefined), terraform };
  return { ...common, ...own, workspace, nodes, processes, env: {}, open };
}

function sameUser(): Sandbox {
  return {
    kind: "none",
    isolate: async ({ argv, cwd, callId }, given) => ({ argv, cwd, env: { ...given, [CALL_MARK]: callId } }),
  };
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // a role that does not log in to the nodes
  }
}
