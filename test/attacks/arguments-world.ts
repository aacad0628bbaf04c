/**
 * A node of the inventory, one that is not in it, and secrets around a workspace; the tools on top. Says after each call
 * what it did besides what its declared effect allows.
 */
import { mkdtempSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAppError } from "../../agents/base/errors.ts";
import type { CommandRunner } from "../../agents/host/commands/command.ts";
import { createCommandRunner } from "../../agents/host/commands/command-runner.ts";
import { createSandbox } from "../../agents/host/commands/sandbox.ts";
import { startInfraBench } from "../../agents/testing/infra-bench.ts";
import { BROUGHT } from "../../agents/testing/programs.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";
import type { ArgumentCase, Targets } from "./arguments-cases.ts";
import { disguisedCommands } from "./arguments-shell.ts";
import type { Marks } from "./arguments-started.ts";
import { NEW_FILE, setTraps, type Traps } from "./arguments-traps.ts";

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
  "ansible-playbook": "./minilab bench brings it; or: apt-get install ansible-core",
};

export async function createArgumentWorld(without?: ArgumentLayer): Promise<ArgumentWorld> {
  const bench = await startInfraBench(PROGRAMS);
  const traps = await setTraps(bench);
  const pool = bench.context().nodes;
  const nodes = without === "host-list" ? bench.poolOf([...pool.nodes, traps.decoy.address]) : pool;
  const processes =
    without === "sandbox" ? await withHole(bench.context(), traps.outside) : bench.context().processes;
  const world: World = {
    ...{ traps, without },
    contextFor: (signal) => bench.context({ nodes, processes, env: traps.env, signal }),
  };
  return {
    aim: traps.aim,
    commands: disguisedCommands(NEW_FILE),
    attempt: (attack, signal) => attempt(world, attack, signal),
    attemptCommand: (command, signal) => attemptCommand(world, command, signal),
    async close() {
      if (nodes !== pool) await nodes.close();
      await traps.close();
      await bench.close();
    },
  };
}

type World = {
  traps: Traps;
  without: ArgumentLayer | undefined;
  contextFor(signal: AbortSignal): ToolContext;
};

async function attempt(
  { traps, without, contextFor }: World,
  { tool: name, args, files = {} }: ArgumentCase,
  signal: AbortSignal,
): Promise<Tried> {
  traps.reset(files);
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
  const harm = traps.harmOf(tool.effect(input.data), JSON.stringify(result ?? ""));
  const wasLet = name === "run_shell" && !isRefused ? "was not pointed at its tool" : undefined;
  return { harm: harm ?? wasLet, isRefused };
}

async function attemptCommand(
  { traps, without, contextFor }: World,
  command: string,
  signal: AbortSignal,
): Promise<Tried> {
  traps.reset({});
  const effect = without === "effects" ? "read" : declaredEffect(command);
  if (effect !== "read") return { harm: undefined, isRefused: true };
  await runInSandbox(contextFor(signal), command);
  return { harm: traps.harmOf(effect, ""), isRefused: false };
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
  const sandbox = await createSandbox("bubblewrap", { workspace, programs: BROUGHT.programs });
  const isolate: typeof sandbox.isolate = async (spec, env) => {
    const isolated = await sandbox.isolate(spec, env);
    const [program, ...args] = isolated.argv;
    args.splice(args.indexOf("--chdir"), 0, "--bind", hole, hole);
    return { ...isolated, argv: [program, ...args] };
  };
  const calls = mkdtempSync(join(dirname(workspace["/app/docs"]), "calls-"));
  return createCommandRunner({
    ...{ sandbox: { ...sandbox, isolate }, artifacts, calls, redactor, permit },
    systemPath: BROUGHT.systemPath,
  });
}

function refusal(error: unknown): undefined {
  if (!isAppError(error) && typeof (error as NodeJS.ErrnoException).code !== "string") throw error;
}
