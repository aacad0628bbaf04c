/**
 * A program: the task as the product does it. A message on the bus, a real agent, its journal, its execution log, its
 * own log; over the bus in memory, or over Redis when its address is given.
 */
import { createLogger } from "../../agents/base/log.ts";
import { createRedactor } from "../../agents/base/redact.ts";
import type { Bus } from "../../agents/bus/bus.ts";
import { createMemoryBus } from "../../agents/bus/memory-bus.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR } from "../../agents/protocol/roles.ts";
import { ActivityReporter } from "../../agents/runtime/activity.ts";
import { Agent, type AgentOptions } from "../../agents/runtime/agent.ts";
import { FailureCounter } from "../../agents/runtime/escalation.ts";
import type { TurnEvent } from "../../agents/runtime/events.ts";
import { createExecutionLog } from "../../agents/runtime/execution-log.ts";
import { logTurn, thinkAloud } from "../../agents/runtime/listeners.ts";
import { createModel } from "../../agents/runtime/model.ts";
import { conversation } from "../../agents/runtime/prompt.ts";
import { Thread } from "../../agents/runtime/thread.ts";
import { type ToolTable, toolDefinitions } from "../../agents/runtime/tool-call.ts";
import { runTurn, type TurnContext } from "../../agents/runtime/turn.ts";
import { defineTool } from "../../agents/tools/tool.ts";
import { compete, type Place } from "./compete.ts";
import { instructions, lookup, lookupTool, MAX_STEPS, MODEL_NAME, ROLE, taskText } from "./task.ts";

const signal = new AbortController().signal;

const trivialTool = defineTool({
  ...lookupTool,
  effect: () => "read",
  target: () => "entry",
  run: async (args) => ({
    ...{ kind: "ok", exitCode: 0, stdout: lookup(args), stderr: "", truncated: false, artifact: null },
  }),
});

await compete(async (place) => {
  const bus = place.redisUrl ? await connected(place.redisUrl) : createMemoryBus();
  const agent = new Agent(agentOptions(place, bus));
  agent.run(signal).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
  return async (steps) => {
    const said = nextReply(bus);
    await bus.send(
      { id: newMessageId(), sender: OPERATOR, to: [ROLE], content: taskText(steps) },
      { signal },
    );
    const reply = await said;
    await bus.command("CLEAR", { signal }); // each run begins with an empty history, as those of the others do
    return reply;
  };
});

async function connected(url: string): Promise<Bus> {
  const bus = connectRedisBus({ url, name: ROLE });
  await new Promise<void>((resolve) => {
    const stop = bus.watch((event) => {
      if (event.kind !== "connection" || event.state !== "up") return;
      stop();
      resolve();
    });
  });
  return bus;
}

function nextReply(bus: Bus): Promise<string> {
  return new Promise((resolve) => {
    const stop = bus.watch((event) => {
      if (event.kind !== "message" || event.sender !== ROLE) return;
      stop();
      resolve(event.content);
    });
  });
}

function agentOptions({ baseUrl, projectDir }: Place, bus: Bus): AgentOptions {
  const redactor = createRedactor(["not-a-secret"]);
  const log = createLogger({ name: ROLE, level: "info", redactor });
  const executionLog = createExecutionLog(`execution_log_${process.pid}.md`, redactor, log);
  const activity = new ActivityReporter(bus, ROLE, () => 0);
  const listeners = [executionLog.listener, activity.listener, thinkAloud(bus, ROLE, redactor), logTurn(log)];
  const emit = (event: TurnEvent) => {
    for (const listener of listeners) listener(event);
  };
  const context = turnContext(baseUrl, { redactor, emit });
  const thread = new Thread();
  return {
    ...{ role: ROLE, bus, emit, redactor, log },
    mailbox: bus.mailbox(ROLE, "bench"),
    ready: async () => {},
    onReset: () => context.failures.clear(),
    turn: async ({ delivery, journal, history, signal }) => {
      const window = thread.window(history, delivery.message);
      const prompt = conversation(ROLE, await instructions(projectDir), window, delivery.message);
      return await runTurn(context, { delivery, journal, prompt, signal });
    },
  };
}

function turnContext(baseUrl: string, sinks: Pick<TurnContext, "redactor" | "emit">): TurnContext {
  const tools: ToolTable = new Map([[lookupTool.name, { tool: trivialTool, access: "full" }]]);
  const model = createModel({
    ...{ baseUrl, apiKey: "bench", model: MODEL_NAME, reasoningEffort: undefined, cacheKey: ROLE },
    ...{ maxOutputTokens: 16_384, timeoutMs: 60_000, tools: toolDefinitions(tools) },
  });
  // the tool touches nothing of a machine
  const toolContext = {} as TurnContext["toolContext"];
  const failures = new FailureCounter();
  return { ...sinks, role: ROLE, model, tools, toolContext, failures, maxSteps: MAX_STEPS };
}
