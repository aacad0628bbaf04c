/**
 * A program: the task as the product does it. A message on the bus, an agent put together by the product's own
 * assembly with its journal, its execution log and its own log; only the tool is the contest's. Over the bus in
 * memory, or over Redis when its address is given.
 */

import { randomBytes } from "node:crypto";
import { loadConfig } from "../../../agents/base/config.ts";
import { openTeamSecrets } from "../../../agents/base/team-secrets.ts";
import type { Bus } from "../../../agents/bus/bus.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Sender } from "../../../agents/protocol/roles.ts";
import { createLogger } from "../../../agents/redact/log.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours, redacted } from "../../../agents/redact/redacted.ts";
import { ActivityReporter } from "../../../agents/runtime/activity.ts";
import { Agent } from "../../../agents/runtime/agent.ts";
import type { ToolTable } from "../../../agents/runtime/tool-call.ts";
import { createRoleModel, createToolContext, createTurns } from "../../../agents/runtime/wiring.ts";
import { createMemoryBus } from "../../../agents/testing/memory-bus.ts";
import { defineTool } from "../../../agents/tools/tool.ts";
import { compete, type Place } from "./compete.ts";
import { lookup, lookupTool, MODEL_NAME, ROLE, taskText } from "./task.ts";

const trivialTool = defineTool({
  ...lookupTool,
  effect: () => "read",
  target: () => "entry",
  run: async (args, { redactor }) => ({
    ...{ kind: "ok", exitCode: 0, stderr: redacted``, truncated: false, artifact: null },
    stdout: redactor(lookup(args)),
  }),
});

/** As many as a team has, short and long. */
const SECRETS = Array.from({ length: 30 }, (_, index) =>
  randomBytes(8 + 2 * index).toString(index % 2 === 0 ? "hex" : "base64"),
);

const signal = new AbortController().signal;

await compete(async (place) => {
  const { operator, bus } = place.redis ? await overRedis(place.redis) : inMemory();
  const agent = await createAgent(place, bus);
  agent.run(signal).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
  return async (steps) => {
    const said = nextReply(operator);
    await operator.send(
      { id: newMessageId(OPERATOR), sender: OPERATOR, to: [ROLE], content: ours(taskText(steps)) },
      { signal },
    );
    const reply = await said;
    await operator.command("CLEAR", { signal }); // each run begins with an empty history, as those of the others do
    return reply;
  };
});

type Buses = { operator: Bus; bus: Bus };

function inMemory(): Buses {
  const bus = createMemoryBus();
  return { operator: bus, bus };
}

/** Each as the user that the product gives it; the operator begins the session. */
async function overRedis({ operator, role }: NonNullable<Place["redis"]>): Promise<Buses> {
  const buses = { operator: await connected(operator, OPERATOR), bus: await connected(role, ROLE) };
  await buses.operator.control({ signal });
  return buses;
}

async function connected(url: string, speaker: Sender): Promise<Bus> {
  const bus = connectRedisBus({ url, name: speaker, speaker, redactor: createRedactor([]) });
  await new Promise<void>((resolve) => {
    const stop = bus.watch((event) => {
      if (event.kind !== "connection" || event.state !== "up") return;
      stop();
      resolve();
    });
  });
  return bus;
}

async function createAgent({ baseUrl, projectDir }: Place, bus: Bus): Promise<Agent> {
  const env = { OPENAI_API_BASE: baseUrl, OPENAI_API_KEY: "bench-key", LLM_MODEL: MODEL_NAME };
  const config = loadConfig({ ...env, PROJECT_DIR: projectDir });
  const redactor = createRedactor([env.OPENAI_API_KEY, ...SECRETS]);
  const log = createLogger({ name: ROLE, level: config.LOG_LEVEL, redactor });
  const secrets = openTeamSecrets(undefined);
  const base = {
    role: ROLE,
    env,
    config,
    redactor,
    secrets,
    log,
    stack: new AsyncDisposableStack(),
  } as const;
  const tools: ToolTable = new Map([[lookupTool.name, { tool: trivialTool, access: "full" }]]);
  const mailbox = bus.mailbox(ROLE, "bench");
  const turns = createTurns(base, {
    ...{ bus, tools, approvals: mailbox.approvals },
    activity: new ActivityReporter({ bus, role: ROLE, queued: () => 0 }),
    ...(await createToolContext(base, { privateKey: undefined, notice: () => {}, permit: () => {} })),
    model: createRoleModel(base, tools),
  });
  return new Agent({ ...turns, role: ROLE, bus, mailbox, ready: async () => {}, redactor, log });
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
