/** What the tools for terraform, ansible and ssh need in a test: a workspace, a sandbox, and real nodes to reach. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { NodeAddress } from "../base/config.ts";
import { openTeamSecrets } from "../base/team-secrets.ts";
import { createCommandRunner } from "../host/commands/command-runner.ts";
import { createSandbox } from "../host/commands/sandbox.ts";
import { type Root, workspaceOf } from "../host/files/paths.ts";
import { createNodePool, type GuestSource } from "../host/nodes/node-pool.ts";
import type { NodePool } from "../host/nodes/ssh.ts";
import { createRedactor } from "../redact/redact.ts";
import { removeRunFolder } from "../tools/run-folder.ts";
import type { ToolContext } from "../tools/tool.ts";
import { BROUGHT, requireProgram } from "./programs.ts";
import { makeKey, startTestNode, type TestNode } from "./ssh-server.ts";
import { type ContextChanges, testCall } from "./workspace.ts";

export type InfraBench = {
  node: TestNode;
  notices: string[];
  /** The public key that its nodes let in, for one more node. */
  authorized: string;
  /** A pool with the same key for other nodes; whoever asks for it closes it. */
  poolOf(nodes: readonly NodeAddress[], user?: string, guests?: GuestSource): NodePool;
  /** A fresh context for one call. */
  context(changes?: ContextChanges): ToolContext;
  /** Put a file into the workspace by the name that the model sees; returns its real path. */
  put(visible: string, text: string): Promise<string>;
  real(visible: string): string;
  close(): Promise<void>;
};

/** One node `pve1`; programs missing from this machine are named with the way to install them. */
export async function startInfraBench(programs: Readonly<Record<string, string>> = {}): Promise<InfraBench> {
  for (const [program, remedy] of Object.entries(programs)) requireProgram(program, remedy);
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  const key = await makeKey();
  const node = await startTestNode({
    name: "pve1",
    authorized: key.public,
    hostKey: (await makeKey()).private,
  });
  const workspace = workspaceOf("project", directory);
  const terraform = join(directory, "terraform");
  const artifacts = { directory: join(workspace["/app/docs"], "out"), visibleDirectory: "/app/docs/out" };
  const notices: string[] = [];
  const redactor = createRedactor(["hunter2hunter2"]);
  const permit = () => {};
  const poolOf = (addresses: readonly NodeAddress[], user = "root", guests?: GuestSource) =>
    createNodePool({
      ...(guests && { guests }),
      ...{ nodes: addresses, user, privateKey: key.private, artifacts, redactor },
      knownNodesFile: join(directory, "known_nodes"),
      onNotice: (text) => notices.push(text),
    });
  const nodes = poolOf([node.address]);
  const sandbox = await createSandbox("auto", { workspace, programs: BROUGHT.programs });
  const calls = join(directory, "calls");
  const processes = createCommandRunner({
    sandbox,
    artifacts,
    calls,
    redactor,
    permit,
    systemPath: BROUGHT.systemPath,
  });
  const real = (visible: string) => {
    const root = (Object.keys(workspace) as Root[]).find((name) => visible.startsWith(name));
    if (!root) throw new Error(`${visible} is not in the workspace`);
    return workspace[root] + visible.slice(root.length);
  };
  return {
    node,
    notices,
    authorized: key.public,
    poolOf,
    real,
    context: ({ signal, callId, ...changes } = {}) => ({
      ...{
        role: "DevOps_Builder",
        access: "full",
        workspace,
        processes,
        nodes,
        artifacts,
        redactor,
        secrets: openTeamSecrets(undefined),
        terraform,
        env: {},
      },
      call: testCall({
        ...{ directory: calls, signal, id: callId },
        local: [(id) => processes.end(id), (id) => removeRunFolder({ workspace, terraform }, id)],
        endOnHost: (host, id) => nodes.end(host, id),
      }),
      ...changes,
    }),
    async put(visible, text) {
      await mkdir(dirname(real(visible)), { recursive: true });
      await writeFile(real(visible), text);
      return real(visible);
    },
    async close() {
      await nodes.close();
      await node.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Processes on this machine whose command line is exactly this. */
export function running(commandLine: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLineOf(pid) === commandLine);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trimEnd();
  } catch {
    return ""; // it has ended
  }
}
