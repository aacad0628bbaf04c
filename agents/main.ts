/** Starts one agent: settings, bus, host, model, tools; runs until it is signalled. */
import { mkdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { type Config, type Env, loadConfig, projectPath, readEnv, secretValues } from "./base/config.ts";
import { AppError, describeError, isAppError } from "./base/errors.ts";
import { createLogger, type Logger } from "./base/log.ts";
import { createRedactor, type Redactor } from "./base/redact.ts";
import type { Bus } from "./bus/bus.ts";
import { connectRedisBus } from "./bus/redis-bus.ts";
import { createNodePool } from "./host/node-pool.ts";
import { workspaceOf } from "./host/paths.ts";
import { createProcessRunner } from "./host/process.ts";
import { createSandbox } from "./host/sandbox.ts";
import type { Role } from "./protocol/roles.ts";
import { ActivityReporter } from "./runtime/activity.ts";
import { Agent, type AgentOptions } from "./runtime/agent.ts";
import { FailureCounter } from "./runtime/escalation.ts";
import type { TurnEvent } from "./runtime/events.ts";
import { createExecutionLog, executionLogFile } from "./runtime/execution-log.ts";
import { logTurn, thinkAloud } from "./runtime/listeners.ts";
import { createModel, type ModelOptions } from "./runtime/model.ts";
import { conversation, systemPrompt } from "./runtime/prompt.ts";
import { keepReadyFile, waitUntilReady } from "./runtime/readiness.ts";
import { Thread } from "./runtime/thread.ts";
import { toolDefinitions } from "./runtime/tool-call.ts";
import { runTurn, type TurnContext } from "./runtime/turn.ts";
import { toolsOf } from "./tools/permissions.ts";

type CommonToolContext = TurnContext["toolContext"];
type Base = { role: Role; env: Env; config: Config; redactor: Redactor; log: Logger; signal: AbortSignal };

await main().catch((error: unknown) => {
  process.stderr.write(`${isAppError(error) ? error.message : describeError(error)}\n`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const env = readEnv(process.env, resolve(process.env["PROJECT_DIR"] ?? "."));
  const config = loadConfig(env);
  const role = config.AGENT_ROLE;
  if (role === undefined)
    throw new AppError("bad_config", "AGENT_ROLE is not set: which agent shall this be?");
  const privateKey = await readKey(config);
  const redactor = createRedactor([...secretValues(env), ...keyLines(privateKey)]);
  const log = createLogger({ name: role, level: config.LOG_LEVEL, redactor });
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () =>
      stopping.abort(new AppError("cancelled", `${name}: the agent is shutting down`)),
    );
  }
  const base: Base = { role, env, config, redactor, log, signal: stopping.signal };
  await using stack = new AsyncDisposableStack();
  const bus = connectRedisBus({ url: config.REDIS_URL, name: role });
  stack.defer(() => bus.close());
  const agent = await createAgent(base, bus, privateKey, stack);
  await agent.run(stopping.signal);
  log.info("stopped");
}

/** Everything that a role works with, put together. */
async function createAgent(
  base: Base,
  bus: Bus,
  privateKey: Buffer | undefined,
  stack: AsyncDisposableStack,
): Promise<Agent> {
  const { role, config, redactor, log } = base;
  const activity = new ActivityReporter(bus, role, () => agent.inbox.size);
  stack.defer(() => activity.close());
  const notice = (text: string) => agent.notice(text);
  const toolContext = await createToolContext(base, { privateKey, notice, stack });
  const { turn, emit, onReset } = createTurns(base, { bus, toolContext, activity, stack });
  const ready = async (signal: AbortSignal) => {
    await waitUntilReady({ config, role, activity, notice, log, signal });
    stack.defer(keepReadyFile(role));
    log.info("ready for turns");
  };
  const mailbox = bus.mailbox(role, hostname());
  const agent = new Agent({ role, bus, mailbox, turn, ready, onReset, emit, redactor, log });
  return agent;
}

type TurnParts = {
  bus: Bus;
  toolContext: CommonToolContext;
  activity: ActivityReporter;
  stack: AsyncDisposableStack;
};

/** What happens in a turn, and who hears of it. */
function createTurns(
  { role, config, redactor, log }: Base,
  { bus, toolContext, activity, stack }: TurnParts,
): Pick<AgentOptions, "turn" | "emit" | "onReset"> {
  const tools = toolsOf(role);
  const model = createModel({ ...modelOptions(config, role), tools: toolDefinitions(tools) });
  const failures = new FailureCounter();
  const thread = new Thread();
  const docs = toolContext.workspace["/app/docs"];
  const executionLog = createExecutionLog(executionLogFile(docs, role), redactor, log);
  stack.defer(() => executionLog.flush());
  const listeners = [executionLog.listener, activity.listener, thinkAloud(bus, role, redactor), logTurn(log)];
  const emit = (event: TurnEvent) => {
    for (const listener of listeners) listener(event);
  };
  const prompts = { role, directory: projectPath(config, "prompts"), nodes: config.PROXMOX_NODES };
  const context = { role, model, tools, toolContext, failures, redactor, maxSteps: config.MAX_STEPS, emit };
  return {
    emit,
    onReset: () => failures.clear(),
    turn: async ({ delivery, journal, history, signal }) => {
      const window = thread.window(history, delivery.message);
      const prompt = conversation(role, await systemPrompt(prompts), window, delivery.message);
      return await runTurn(context, { delivery, journal, prompt, signal });
    },
  };
}

type HostParts = {
  privateKey: Buffer | undefined;
  notice: (text: string) => void;
  stack: AsyncDisposableStack;
};

async function createToolContext(
  { role, env, config, redactor }: Base,
  { privateKey, notice, stack }: HostParts,
): Promise<CommonToolContext> {
  const workspace = workspaceOf(config.WORKSPACE_LAYOUT, projectPath(config, "."));
  const artifacts = {
    directory: join(workspace["/app/docs"], "tool_output"),
    visibleDirectory: "/app/docs/tool_output",
  };
  await mkdir(artifacts.directory, { recursive: true });
  const sandbox = await createSandbox(config.SANDBOX, { workspace, protect: [artifacts.visibleDirectory] });
  const processes = createProcessRunner({ workspace, sandbox, artifacts, redactor });
  const nodes = createNodePool({
    ...{ nodes: config.PROXMOX_NODES, user: config.SSH_USER, privateKey, artifacts, redactor },
    knownNodesFile: projectPath(config, config.KNOWN_NODES_FILE),
    onNotice: notice,
  });
  stack.defer(() => nodes.close());
  return { role, workspace, processes, nodes, artifacts, redactor, env };
}

function modelOptions(config: Config, role: Role): Omit<ModelOptions, "tools"> {
  return {
    baseUrl: config.OPENAI_API_BASE,
    apiKey: config.OPENAI_API_KEY,
    model: config.LLM_MODEL,
    reasoningEffort: config.LLM_REASONING_EFFORT,
    maxOutputTokens: config.LLM_MAX_OUTPUT_TOKENS,
    timeoutMs: config.LLM_TIMEOUT_S * 1_000,
    cacheKey: role,
  };
}

/** Absent is no error here: preflight says so for the roles that need it. */
async function readKey(config: Config): Promise<Buffer | undefined> {
  return await readFile(projectPath(config, config.SSH_KEY_FILE)).catch(() => undefined);
}

/** Each line of a key is a secret of its own: output may break it up. */
function keyLines(key: Buffer | undefined): string[] {
  return (key?.toString("latin1") ?? "")
    .split("\n")
    .filter((line) => line.length > 20 && !line.startsWith("-----"));
}
