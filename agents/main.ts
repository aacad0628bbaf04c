/** Starts one agent: settings, bus, host, model, tools; runs until it is signalled. */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { escapeActive } from "./base/active-characters.ts";
import { type Config, loadConfig, programEnv, projectPath, secretValues } from "./base/config.ts";
import { loadCredentials } from "./base/credentials.ts";
import { AppError, describeError } from "./base/errors.ts";
import { openTeamSecrets } from "./base/team-secrets.ts";
import type { Bus } from "./bus/bus.ts";
import { connectRedisBus } from "./bus/redis-bus.ts";
import { createLogger } from "./redact/log.ts";
import { createRedactor } from "./redact/redact.ts";
import type { Redacted } from "./redact/redacted.ts";
import { ActivityReporter } from "./runtime/activity.ts";
import { Agent } from "./runtime/agent.ts";
import { tellFailedStart } from "./runtime/failed-start.ts";
import { keepReadyFile, waitUntilReady } from "./runtime/readiness.ts";
import {
  type Base,
  createRoleModel,
  createToolContext,
  createTurns,
  openTelemetry,
} from "./runtime/wiring.ts";
import { toolsOf } from "./tools/permissions.ts";
import { openStates } from "./tools/terraform-run.ts";

let redactor = createRedactor([]); // until it is known what is to be hidden
process.on("uncaughtException", (error) => {
  fail(error.stack ?? error.message);
  process.exit();
});
main().catch((error: unknown) => fail(describeError(error)));

/** Nothing says it to standard error as it is: the text may be somebody else's. */
function fail(text: string): void {
  process.stderr.write(`${escapeActive(redactor(text))}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const env = programEnv(process.env);
  const { config, secrets } = loadCredentials(loadConfig(env));
  const role = config.AGENT_ROLE;
  if (role === undefined)
    throw new AppError("bad_config", "AGENT_ROLE is not set: which agent shall this be?");
  const privateKey = toolsOf(role).has("run_ssh") ? await readKey(config) : undefined;
  const vaultKey =
    toolsOf(role).get("run_ansible")?.access === "full" ? await readVaultKey(config) : undefined;
  const team = openTeamSecrets(config.TEAM_SECRETS_DIR && projectPath(config, config.TEAM_SECRETS_DIR));
  const own = [...secretValues(env), ...secrets, privateKey?.toString("latin1") ?? "", vaultKey ?? ""];
  redactor = createRedactor(own, team.news);
  const log = createLogger({ name: role, level: config.LOG_LEVEL, redactor });
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () =>
      stopping.abort(new AppError("cancelled", `${name}: the agent is shutting down`)),
    );
  }
  await using stack = new AsyncDisposableStack();
  const bus = connectRedisBus({
    url: config.REDIS_URL,
    name: role,
    mode: config.BUS_MODE,
    keepMs: config.BUS_KEEP_DAYS * 86_400_000,
    speaker: role,
    redactor,
  });
  stack.defer(() => bus.close());
  const starting = createAgent({ role, env, config, redactor, secrets: team, log, stack }, bus, {
    privateKey,
    vaultKey,
  });
  const agent = await starting.catch(async (error: unknown) => {
    await tellFailedStart({ bus, role, redactor }, error);
    throw error;
  });
  await agent.run(stopping.signal);
  log.info("stopped");
}

/** Everything that a role works with, put together. */
async function createAgent(
  base: Base,
  bus: Bus,
  keys: { privateKey: Buffer | undefined; vaultKey: string | undefined },
): Promise<Agent> {
  const { role, env, config, redactor, log, stack } = base;
  const about = {
    model: redactor(modelOf(config)),
    notice: redactor((env["MINILAB_BANNER"] ?? "").slice(0, 2_000)),
  };
  const activity = new ActivityReporter({ bus, role, queued: () => agent.inbox.size, about });
  stack.defer(() => activity.close());
  const notice = (text: string) => agent.notice(redactor(text));
  const mailbox = bus.mailbox(role, hostname());
  const { toolContext, calls } = await createToolContext(base, {
    ...{ ...keys, notice },
    permit: () => mailbox.assertInCharge(),
    guests: (signal) => bus.guests.read({ signal }),
  });
  const tools = toolsOf(role);
  const model = createRoleModel(base, tools);
  const turns = createTurns(base, {
    ...{ bus, activity, account: mailbox.account, approvals: mailbox.approvals, desk: mailbox.mission },
    ...{ calls, tools, model, toolContext: { ...toolContext, mission: mailbox.mission } },
    listener: await openTelemetry(base),
  });
  const ready = async (signal: AbortSignal) => {
    const notice = (text: Redacted) => agent.notice(text);
    if (tools.get("run_terraform")?.access === "full")
      for (const told of await openStates(toolContext)) notice(redactor(told));
    await waitUntilReady({ config, role, redactor, activity, notice, log, signal });
    stack.defer(keepReadyFile(role));
    log.info("ready for turns");
  };
  const agent = new Agent({
    ...turns,
    role,
    bus,
    mailbox,
    ready,
    redactor,
    log,
  });
  return agent;
}

/** For people. */
function modelOf({ LLM_MODEL, OPENAI_API_BASE }: Config): string {
  return `${LLM_MODEL} at ${new URL(OPENAI_API_BASE).host}`.slice(0, 300);
}

/** A setting that names no file is one: a play would end at its first vault. */
async function readVaultKey(config: Config): Promise<string | undefined> {
  if (config.VAULT_KEY_FILE === undefined) return undefined;
  try {
    return (await readFile(projectPath(config, config.VAULT_KEY_FILE), "utf8")).trim();
  } catch (error) {
    throw new AppError("bad_config", `VAULT_KEY_FILE cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** Absent is no error here: preflight says so for the roles that need it. */
async function readKey(config: Config): Promise<Buffer | undefined> {
  return await readFile(projectPath(config, config.SSH_KEY_FILE)).catch(() => undefined);
}
