/** A real workspace in a temporary folder, with the context that tools get from the runtime. */
import { readFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Config, NodeAddress } from "../base/config.ts";
import { openTeamSecrets } from "../base/team-secrets.ts";
import type { Artifacts } from "../base/truncate.ts";
import { Call, type CallsOptions } from "../host/commands/call.ts";
import { type CallId, callIdOf, turnIdOf } from "../host/commands/call-id.ts";
import type { CommandRunner, CommandSpec } from "../host/commands/command.ts";
import { createCommandRunner } from "../host/commands/command-runner.ts";
import { createSandbox } from "../host/commands/sandbox.ts";
import { type Workspace, workspaceOf } from "../host/files/paths.ts";
import { createNodePool } from "../host/nodes/node-pool.ts";
import type { NodePool } from "../host/nodes/ssh.ts";
import { createRedactor, type Redactor } from "../redact/redact.ts";
import { removeRunFolder } from "../tools/run-folder.ts";
import { PLANS_FOLDER } from "../tools/terraform-review.ts";
import type { ToolContext } from "../tools/tool.ts";
import { didLess } from "./did-less.ts";
import { BROUGHT } from "./programs.ts";

/** `signal` and `callId` are those of its call. */
export type ContextChanges = Partial<ToolContext> & { signal?: AbortSignal; callId?: CallId };

export type TestWorkspace = {
  directory: string;
  workspace: Workspace;
  artifacts: Artifacts;
  /** Where the runners keep the state of calls. */
  calls: string;
  runner(choice?: Config["SANDBOX"], secrets?: string[], redactor?: Redactor): Promise<CommandRunner>;
  /** A context with full access and the bubblewrap runner, changed by what is given. */
  context(changes?: ContextChanges): Promise<ToolContext>;
  remove(): Promise<void>;
};

/** By its effective capabilities; the number is that of CAP_SETUID. */
export const canChangeUser: boolean =
  ((Number.parseInt(/CapEff:\s*(\S+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0", 16) >> 7) &
    1) ===
  1;

if (!canChangeUser)
  didLess("nothing ran in SANDBOX=container, which becomes another user: run the tests as root");

/** What commands can run in here: SANDBOX=container needs the right to become another user. */
export const SANDBOXES: readonly Config["SANDBOX"][] = canChangeUser
  ? ["bubblewrap", "container", "none"]
  : ["bubblewrap", "none"];

export async function createTestWorkspace(): Promise<TestWorkspace> {
  return await openTestWorkspace(await mkdtemp(join(tmpdir(), "minilab-test-")));
}

/** The workspace in a folder, also for a second process that shares it. */
export async function openTestWorkspace(directory: string): Promise<TestWorkspace> {
  const workspace = workspaceOf("project", directory);
  for (const folder of Object.values(workspace)) await mkdir(folder, { recursive: true });
  const terraform = join(directory, "tmp/run/terraform");
  const visibleDirectory = "/app/docs/tool_output";
  const artifacts = { directory: join(workspace["/app/docs"], "tool_output"), visibleDirectory };
  await mkdir(artifacts.directory, { recursive: true });
  const calls = join(directory, "calls");
  const runner: TestWorkspace["runner"] = async (
    choice = "bubblewrap",
    secrets = [],
    redactor = createRedactor(secrets),
  ) => {
    if (choice === "container") await shareWorkspace(directory, workspace);
    const sandbox = await createSandbox(choice, {
      workspace,
      programs: BROUGHT.programs,
      protect: [visibleDirectory, PLANS_FOLDER],
      toolUser: TOOL_USER,
      folderUser: FOLDER_USER,
    });
    return createCommandRunner({
      ...{ sandbox, artifacts, calls, permit, redactor },
      systemPath: BROUGHT.systemPath,
    });
  };
  const context = async ({ signal, callId, ...changes }: ContextChanges = {}): Promise<ToolContext> => ({
    role: "DevOps_Builder",
    workspace,
    processes: changes.processes ?? (await runner()),
    nodes: keylessPool({ directory, artifacts, nodes: [] }),
    artifacts,
    redactor: createRedactor([]),
    secrets: openTeamSecrets(undefined),
    terraform,
    env: {},
    access: "full",
    call: testCall({
      ...{ directory: calls, signal, id: callId },
      local: [(id) => removeRunFolder({ workspace, terraform }, id)],
    }),
    ...changes,
  });
  return {
    directory,
    workspace,
    artifacts,
    calls,
    runner,
    context,
    remove: () => rm(directory, { recursive: true }),
  };
}

const permit = () => {};

const TOOL_USER = { uid: 10_002, gid: 10_002 };
const FOLDER_USER = { uid: 10_006, gid: TOOL_USER.gid, group: 10_006 };

/** What in an image is so from the start: commands of another user reach the workspace, and write it by their group. */
async function shareWorkspace(directory: string, workspace: Workspace): Promise<void> {
  const below = Object.values(workspace).flatMap((folder) => [dirname(folder), dirname(dirname(folder))]);
  for (const folder of below.filter((path) => path.startsWith(directory))) await chmod(folder, 0o711);
  for (const folder of Object.values(workspace)) {
    await chown(folder, -1, TOOL_USER.gid);
    await chmod(folder, 0o2775);
  }
}

let calls = 0;
export function newCallId(name = `${++calls}`): CallId {
  return callIdOf(turnIdOf("test", `${process.pid}`), name);
}

/** A call of a test; without a folder it records nothing that would be looked for later. */
export function testCall({
  directory = join(tmpdir(), `minilab-calls-${process.pid}`),
  id = newCallId(),
  signal = new AbortController().signal,
  ...ends
}: Partial<CallsOptions> & { id?: CallId | undefined; signal?: AbortSignal | undefined } = {}): Call {
  return new Call({ directory, permit, local: [], endOnHost: async () => true, ...ends, id, signal });
}

/** A pool without a key: it connects nowhere. */
function keylessPool(lab: {
  directory: string;
  artifacts: Artifacts;
  nodes: readonly NodeAddress[];
}): NodePool {
  return createNodePool({
    nodes: lab.nodes,
    user: "root",
    privateKey: undefined,
    knownNodesFile: join(lab.directory, "known_nodes"),
    artifacts: lab.artifacts,
    redactor: createRedactor([]),
    onNotice: () => {},
  });
}

/** A command in the workspace with twenty seconds, as a call of its own. */
export function commandSpec(changes: Pick<CommandSpec, "argv"> & Partial<CommandSpec>): CommandSpec {
  return {
    cwd: "/app/infra",
    timeoutMs: 20_000,
    callId: newCallId(),
    isolation: "workspace",
    signal: new AbortController().signal,
    ...changes,
  };
}
