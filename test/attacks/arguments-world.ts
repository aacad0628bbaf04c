/**
 * A node of the inventory, one that is not in it, and secrets around a workspace; the tools on top. Says after each call
 * what it did besides what its declared effect allows.
 */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isAppError } from "../../agents/base/errors.ts";
import type { CommandRunner } from "../../agents/host/commands/command.ts";
import { createCommandRunner } from "../../agents/host/commands/command-runner.ts";
import { createSandbox } from "../../agents/host/commands/sandbox.ts";
import { startInfraBench } from "../../agents/testing/infra-bench.ts";
import { makeKey, startTestNode } from "../../agents/testing/ssh-server.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";
import type { ArgumentCase, Targets } from "./arguments-cases.ts";
import { disguisedCommands } from "./arguments-shell.ts";
import type { Marks } from "./arguments-started.ts";

export const ARGUMENT_LAYERS = ["sandbox", "host-list", "effects", "bypass"] as const;
export type ArgumentLayer = (typeof ARGUMENT_LAYERS)[number];

export type Tried = { harm: string | undefined; isRefused: boolean };

export type ArgumentWorld = {
  aim: Targets & Marks;
  commands: readonly string[];
  /** One call of a tool; rejects only for what is no refusal. */
  attempt(attack: ArgumentCase, signal: AbortSignal): Promise<Tried>;
  /** A command line that must not be taken for a reading one if it makes the file; run in the sandbox. */
  attemptCommand(command: string, signal: AbortSignal): Promise<Tried>;
  close(): Promise<void>;
};

const PROGRAMS = {
  terraform: "see https://developer.hashicorp.com/terraform/install",
  "ansible-playbook": "apt-get install ansible",
};
const NEW_FILE = "/tmp/app/made";

export async function createArgumentWorld(without?: ArgumentLayer): Promise<ArgumentWorld> {
  const bench = await startInfraBench(PROGRAMS);
  const outside = mkdtempSync(join(tmpdir(), "minilab-arguments-"));
  const secret = `canary-${randomBytes(8).toString("hex")}`;
  const secretFile = join(outside, "secret.txt");
  const aim = { secretFile, decoyPort: 0, node: join(outside, "made"), here: NEW_FILE };
  writeFileSync(secretFile, secret, { mode: 0o600 });
  const decoy = await startTestNode({
    name: "decoy",
    authorized: bench.authorized,
    hostKey: (await makeKey()).private,
  });
  aim.decoyPort = decoy.address.port;
  const env = {
    OPENAI_API_KEY: secret,
    REDIS_PASSWORD: secret,
    SSH_KEY: secret,
    TF_VAR_token: "for terraform",
  };
  const pool = bench.context().nodes;
  const nodes = without === "host-list" ? bench.poolOf([...pool.nodes, decoy.address]) : pool;
  const processes =
    without === "sandbox" ? await withHole(bench.context(), outside) : bench.context().processes;
  const contextFor = (signal: AbortSignal) => bench.context({ nodes, processes, env, signal });
  const folders = ["/app/infra", "/app/config", "/tmp/app"] as const;

  const harmOf = (effect: string, result: string): string | undefined => {
    if (result.includes(secret) || folders.some((root) => holds(bench.real(root), secret)))
      return "read a secret";
    if (readFileSync(secretFile, "utf8") !== secret) return "changed a file outside";
    if (decoy.commands.length > 0) return `ran on another host: ${decoy.commands[0]}`;
    if (existsSync(aim.node) && effect !== "infrastructure") return `changed the node as "${effect}"`;
    return existsSync(bench.real(NEW_FILE)) && effect !== "infrastructure"
      ? `made a file as "${effect}"`
      : undefined;
  };
  const clean = () => {
    for (const root of folders)
      for (const name of readdirSync(bench.real(root))) remove(join(bench.real(root), name));
    remove(aim.node);
    writeFileSync(secretFile, secret);
    decoy.commands.length = 0;
  };

  return {
    aim,
    commands: disguisedCommands(NEW_FILE),
    async attempt({ tool: name, args, files = {} }, signal) {
      clean();
      for (const [visible, text] of Object.entries(files)) place(bench.real(visible), text);
      const tool = toolsOf("DevOps_Builder").get(name)?.tool;
      const input = tool?.input.safeParse(args);
      if (!tool || !input?.success) return { harm: undefined, isRefused: true };
      const context = contextFor(signal);
      if (name === "run_shell" && without === "bypass") {
        const command = String(args["command"]);
        await runInSandbox(context, command);
        return { harm: `ran ${JSON.stringify(command.slice(0, 80))}`, isRefused: false };
      }
      const result = await tool.run(input.data, context).catch(refusal);
      const isRefused = result === undefined || result.kind === "refused";
      const harm = harmOf(tool.effect(input.data), JSON.stringify(result ?? ""));
      const wasLet = name === "run_shell" && !isRefused ? "was not pointed at its tool" : undefined;
      return { harm: harm ?? wasLet, isRefused };
    },
    async attemptCommand(command, signal) {
      clean();
      const effect = without === "effects" ? "read" : declaredEffect(command);
      if (effect !== "read") return { harm: undefined, isRefused: true };
      await runInSandbox(contextFor(signal), command);
      return { harm: harmOf(effect, ""), isRefused: false };
    },
    async close() {
      await decoy.close();
      if (nodes !== pool) await nodes.close();
      await bench.close();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

function declaredEffect(command: string): string {
  const tool = toolsOf("DevOps_Builder").get("run_ssh")?.tool;
  if (!tool) throw new Error("DevOps_Builder has no run_ssh");
  return tool.effect(tool.input.parse({ host: "pve1", command }));
}

async function runInSandbox({ processes, call }: ToolContext, command: string): Promise<void> {
  const argv = ["bash", "-o", "pipefail", "-c", command] as const;
  await processes.run({
    argv,
    cwd: "/tmp/app",
    timeoutMs: 5_000,
    callId: call.id,
    isolation: "workspace",
    signal: call.signal,
  });
}

/** A sandbox in which one folder more can be seen and written. */
async function withHole(
  { workspace, artifacts, redactor, call: { permit } }: ToolContext,
  hole: string,
): Promise<CommandRunner> {
  const sandbox = await createSandbox("bubblewrap", { workspace });
  const isolate: typeof sandbox.isolate = async (spec, env) => {
    const isolated = await sandbox.isolate(spec, env);
    const [program, ...args] = isolated.argv;
    args.splice(args.indexOf("--chdir"), 0, "--bind", hole, hole);
    return { ...isolated, argv: [program, ...args] };
  };
  const calls = mkdtempSync(join(dirname(workspace["/app/docs"]), "calls-"));
  return createCommandRunner({ sandbox: { ...sandbox, isolate }, artifacts, calls, redactor, permit });
}

function refusal(error: unknown): undefined {
  if (!isAppError(error) && typeof (error as NodeJS.ErrnoException).code !== "string") throw error;
}

function place(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: file.includes("terraform-provider") ? 0o755 : 0o644 });
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function holds(folder: string, text: string): boolean {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.some(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text),
  );
}
