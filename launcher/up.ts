/** `./minilab up`: the whole team on this machine, with its console in the foreground; it ends with the console. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Env, loadConfig, readEnv } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { bundle, nodeProgram } from "./team/bundle.ts";
import { startChild } from "./team/child.ts";
import { makeWorkspace, missingParts, type Parts } from "./team/missing-parts.ts";
import { PROJECT_DIR, RUN_DIR } from "./team/project.ts";
import { type PrivateRedis, startRedis } from "./team/redis.ts";
import { accessToTeam, REDIS_DIR, runningAccess } from "./team/running-team.ts";
import { supervise } from "./team/supervise.ts";

const LAB_DIR = join(RUN_DIR, "lab");
const LOG_DIR = join(RUN_DIR, "logs");
const SCENARIO = join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml");

/** `args` go to the console. Resolves with the console's exit code when everything has ended. */
export async function up(args: string[], signal: AbortSignal): Promise<number> {
  const env = readEnv(process.env, PROJECT_DIR);
  const parts = missingParts(env);
  const { BUS_MODE } = loadConfig(env); // a bad setting is said here, once, instead of by five programs
  await refuseSecondTeam();
  makeWorkspace(PROJECT_DIR);
  const programs = await bundle();
  await using stack = new AsyncDisposableStack();
  const redis = await startRedis({ directory: REDIS_DIR, mode: BUS_MODE });
  stack.defer(redis.close);
  const teamEnv = withKeyFile({ ...env, PROJECT_DIR, ...(await startParts(parts, stack, signal)) });
  startAgents({ program: programs.agent, env: teamEnv, redis }, stack);
  const notices = [teamEnv["MINILAB_BANNER"], redis.notice].filter((text) => text !== undefined);
  const consoleEnv = { ...teamEnv, MINILAB_BANNER: notices.join("\n"), ...redis.accessOf("console") };
  return await runConsole({
    program: programs.console,
    args,
    env: consoleEnv,
    signal,
    redisEnd: redis.ended,
  });
}

/** `./minilab console`: one more console for the team that runs here, or for the one that REDIS_URL names. */
export async function openConsole(args: string[], signal: AbortSignal): Promise<number> {
  const env = readEnv(process.env, PROJECT_DIR);
  const access = await accessToTeam();
  const { console: program } = await bundle();
  return runConsole({ program, args, env: { ...env, PROJECT_DIR, ...access }, signal });
}

async function refuseSecondTeam(): Promise<void> {
  if ((await runningAccess()) === undefined) return;
  throw new AppError("conflict", "a team runs here already: ./minilab console opens one more console for it");
}

/** Start what the settings leave out; the result are the settings that name it. */
async function startParts(parts: Parts, stack: AsyncDisposableStack, signal: AbortSignal): Promise<Env> {
  const env: Record<string, string> = {};
  if (parts.banner !== undefined) env["MINILAB_BANNER"] = parts.banner;
  if (parts.lab) {
    const { startLab } = await import("../lab/lab.ts");
    const lab = await startLab({ directory: LAB_DIR, start: "day3", signal });
    stack.defer(lab.close);
    env["PROXMOX_NODES"] = lab.nodes.map(({ name, host, port }) => `${name}=${host}:${port}`).join(",");
    env["SSH_KEY_FILE"] = lab.privateKeyFile;
    env["KNOWN_NODES_FILE"] = join(LAB_DIR, "known_nodes");
    rmSync(env["KNOWN_NODES_FILE"], { force: true }); // the lab's nodes get other ports at each start
  }
  if (parts.scriptedModel) {
    const { startModel } = await import("../lab/model/server.ts");
    const model = await startModel({ scenario: SCENARIO });
    stack.defer(model.close);
    env["OPENAI_API_BASE"] = model.url;
    env["OPENAI_API_KEY"] = "lab";
    env["LLM_MODEL"] = "scripted";
  }
  return env;
}

/** The model's key in a file: what stands in the environment of a program shows in /proc, and its children inherit it. */
function withKeyFile(env: Env): Env {
  const key = env["OPENAI_API_KEY"];
  if (!key) return env;
  const file = join(RUN_DIR, "model-key");
  rmSync(file, { force: true });
  writeFileSync(file, key, { mode: 0o400 });
  return { ...env, OPENAI_API_KEY: "", OPENAI_API_KEY_FILE: file };
}

/** Each with an identity of its own. */
function startAgents(
  { program, env, redis }: { program: string; env: Env; redis: PrivateRedis },
  stack: AsyncDisposableStack,
): void {
  const controller = new AbortController();
  const { argv, env: nodeEnv } = nodeProgram(program);
  const agents = ROLES.map((role) => ({
    name: role,
    argv,
    cwd: PROJECT_DIR,
    env: { ...env, ...nodeEnv, ...redis.accessOf(role), AGENT_ROLE: role },
  }));
  const running = supervise(agents, { logDirectory: LOG_DIR, signal: controller.signal });
  stack.defer(() => {
    controller.abort();
    return running;
  });
}

type ConsoleOptions = {
  program: string;
  args: string[];
  env: Env;
  signal: AbortSignal;
  redisEnd?: Promise<unknown>;
};

/** In the foreground until it ends, the signal aborts, or Redis is lost. */
async function runConsole({ program, args, env, signal, redisEnd }: ConsoleOptions): Promise<number> {
  const argv = [process.execPath, program, ...args] as const;
  const child = startChild({ argv, cwd: PROJECT_DIR, env, output: "terminal" });
  const stop = () => void child.stop();
  signal.addEventListener("abort", stop, { once: true });
  const lost = redisEnd?.then(() => {
    stop();
    throw new AppError("unavailable", `redis-server ended: see ${join(REDIS_DIR, "redis.log")}`);
  });
  const { exitCode } = await Promise.race([child.ended, ...(lost ? [lost] : [])]);
  return exitCode ?? 0;
}
