/** `./minilab up`: the whole team on this machine, with its console in the foreground; it ends with the console. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Env, loadConfig, readEnv } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { misspelt } from "./misspelt-settings.ts";
import { LAB_DIR, startStandIns } from "./stand-ins.ts";
import { bundle, nodeProgram } from "./team/bundle.ts";
import { startChild } from "./team/child.ts";
import { guestKeyFile, keepGuestKey } from "./team/guest-key.ts";
import { type LastingRedis, startLastingRedis } from "./team/lasting-redis.ts";
import { makeWorkspace, missingParts } from "./team/missing-parts.ts";
import { openDoor } from "./team/original-door.ts";
import { commonSettings, roleSettings, secretFiles, writeTeamSecrets } from "./team/program-settings.ts";
import { PROJECT_DIR, RUN_DIR } from "./team/project.ts";
import { accessToTeam, REDIS_DIR, runningAccess } from "./team/running-team.ts";
import { supervise } from "./team/supervise.ts";
import { createTroubleBoard, type Tell } from "./team/trouble-board.ts";
import { bindWorkspace, labId, REAL_NODES } from "./team/workspace-bond.ts";

/** What all programs hide, and what is each one's own. */
const SECRETS_DIR = join(RUN_DIR, "secrets");
const SETTINGS_DIR = join(RUN_DIR, "settings");
const LOG_DIR = join(RUN_DIR, "logs");
/** What does not run, for the consoles. */
const TROUBLES = join(RUN_DIR, "troubles.json");

/** `args` go to the console. Resolves with the console's exit code when everything has ended. */
export async function up(args: string[], signal: AbortSignal): Promise<number> {
  const env = readEnv(process.env, PROJECT_DIR);
  const parts = missingParts(env);
  const { BUS_MODE, COMPAT_PORT, SANDBOX } = loadConfig(env); // a bad setting is said here, once, instead of by five programs
  if (BUS_MODE === "compat" && SANDBOX === "none")
    throw new AppError(
      "bad_config",
      "BUS_MODE=compat lets programs in without a password, and with SANDBOX=none nothing keeps the team's commands out: give up one of them",
    );
  await refuseSecondTeam();
  makeWorkspace(PROJECT_DIR);
  bindWorkspace(PROJECT_DIR, parts.lab ? labId(LAB_DIR) : REAL_NODES);
  for (const text of misspelt(PROJECT_DIR)) say(text);
  say(parts.lab ? "starting Redis, the simulated cluster and four agents" : "starting Redis and four agents");
  const programs = await bundle();
  await using stack = new AsyncDisposableStack();
  const tell = createTroubleBoard(TROUBLES);
  const redis = await startLastingRedis({ directory: REDIS_DIR, mode: BUS_MODE }, tell);
  stack.defer(redis.close);
  const door = BUS_MODE === "compat" ? await openDoor(COMPAT_PORT, redis) : undefined;
  if (door) stack.defer(door.close);
  const teamEnv = withKeyFile({ ...env, PROJECT_DIR, ...(await startStandIns(parts, stack, signal)) });
  const passwords = [...ROLES, "console" as const].map((name) => redis.accessOf(name).REDIS_PASSWORD_FILE);
  keepGuestKey(guestKeyFile(teamEnv));
  const files = [...passwords, ...secretFiles(PROJECT_DIR, loadConfig(teamEnv), teamEnv)];
  writeTeamSecrets(SECRETS_DIR, { ...env, ...teamEnv }, files);
  startAgents({ program: programs.agent, env: teamEnv, redis, tell }, stack);
  const told = {
    MINILAB_BANNER: teamEnv["MINILAB_BANNER"],
    MINILAB_NOTICE: redis.notice,
    MINILAB_LEAVING: "ends the team",
    MINILAB_TROUBLES: TROUBLES,
  };
  const common = { ...commonSettings(teamEnv), TEAM_SECRETS_DIR: SECRETS_DIR };
  const guestKey = { GUEST_KEY_FILE: teamEnv["GUEST_KEY_FILE"] }; // of which a console reads the public half
  const consoleEnv = { ...common, ...told, ...guestKey, ...redis.accessOf("console") };
  return await runConsole({ program: programs.console, args, env: consoleEnv, signal });
}

/** While nothing else is on the screen. */
function say(text: string): void {
  process.stderr.write(`minilab: ${text}\n`);
}

/** `./minilab console`: one more console for the team that runs here, or for the one that REDIS_URL names. */
export async function openConsole(args: string[], signal: AbortSignal): Promise<number> {
  const env = readEnv(process.env, PROJECT_DIR);
  const access = await accessToTeam();
  const { console: program } = await bundle();
  return runConsole({
    program,
    args,
    env: {
      ...commonSettings(env),
      ...(existsSync(SECRETS_DIR) && { TEAM_SECRETS_DIR: SECRETS_DIR }),
      ...{ PROJECT_DIR, MINILAB_TROUBLES: TROUBLES, GUEST_KEY_FILE: env["GUEST_KEY_FILE"] },
      ...access,
    },
    signal,
  });
}

async function refuseSecondTeam(): Promise<void> {
  if ((await runningAccess()) === undefined) return;
  throw new AppError("conflict", "a team runs here already: ./minilab console opens one more console for it");
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
  { program, env, redis, tell }: { program: string; env: Env; redis: LastingRedis; tell: Tell },
  stack: AsyncDisposableStack,
): void {
  const controller = new AbortController();
  const { argv, env: nodeEnv } = nodeProgram(program);
  const agents = ROLES.map((role) => ({
    name: role,
    argv,
    cwd: PROJECT_DIR,
    env: {
      ...{ ...commonSettings(env), ...nodeEnv, ...roleSettings(role, env, SETTINGS_DIR) },
      ...{ ...redis.accessOf(role), AGENT_ROLE: role, TEAM_SECRETS_DIR: SECRETS_DIR },
    },
  }));
  const running = supervise(agents, { logDirectory: LOG_DIR, signal: controller.signal, tell });
  stack.defer(() => {
    controller.abort();
    return running;
  });
}

type ConsoleOptions = { program: string; args: string[]; env: Env; signal: AbortSignal };

/** In the foreground until it ends, or the signal aborts. */
async function runConsole({ program, args, env, signal }: ConsoleOptions): Promise<number> {
  const argv = [process.execPath, program, ...args] as const;
  const child = startChild({ argv, cwd: PROJECT_DIR, env, output: "terminal" });
  signal.addEventListener("abort", () => void child.stop(), { once: true });
  const { exitCode } = await child.ended;
  return exitCode ?? 0;
}
