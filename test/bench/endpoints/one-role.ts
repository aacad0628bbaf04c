/**
 * One role at work as the product puts it together (its prompt, its tools, its redactor, its journal), on the bus in
 * memory and with one model endpoint. What it did is what the bus showed and which tools ran; nothing inside it is asked.
 */
import { once } from "node:events";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../../agents/base/config.ts";
import { openTeamSecrets } from "../../../agents/base/team-secrets.ts";
import type { Bus, TurnStatus } from "../../../agents/bus/bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Role, type Sender } from "../../../agents/protocol/roles.ts";
import { createLogger } from "../../../agents/redact/log.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { ActivityReporter } from "../../../agents/runtime/activity.ts";
import { Agent } from "../../../agents/runtime/agent.ts";
import type { ToolTable } from "../../../agents/runtime/tool-call.ts";
import { createRoleModel, createToolContext, createTurns } from "../../../agents/runtime/wiring.ts";
import { createMemoryBus } from "../../../agents/testing/memory-bus.ts";
import { toolsOf } from "../../../agents/tools/permissions.ts";
import type { Tool } from "../../../agents/tools/tool.ts";
import { PROJECT_DIR } from "../../../launcher/team/project.ts";

export const ROLE: Role = "DevOps_Builder";
/** A hidden value: no request may hold it, whatever a server says. */
export const SECRET = "s3cr3t-of-the-nodes-71c2";

export type Ran = { tool: string; args: unknown };
export type Turn = {
  status: TurnStatus | "no end";
  /** The reply in the channel. */
  said: string | undefined;
  notices: string[];
  thoughts: string[];
  /** What the status line showed while it waited. */
  waits: string[];
  ran: Ran[];
};

export type OneRole = {
  tell(content: string): Promise<Turn>;
  /** Context, for nobody to act on. */
  mention(sender: Sender, content: string): Promise<void>;
  /** The process ends, as by SIGTERM, and another one begins. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

export type OneRoleOptions = {
  directory: string;
  settings: Readonly<Record<string, string>>;
  signal: AbortSignal;
};

const BACKOFF_MS = 2;
const PATIENCE_MS = 60_000;

export async function startOneRole(options: OneRoleOptions): Promise<OneRole> {
  const { directory, signal } = options;
  mkdirSync(join(directory, "docs/team"), { recursive: true });
  cpSync(join(PROJECT_DIR, "prompts"), join(directory, "prompts"), { recursive: true });
  const bus = createMemoryBus();
  const watch = new Watch(bus);
  let life = await begin(bus, watch, options);
  const say = async (draft: { sender: Sender; to: Role[]; content: string }) =>
    void (await bus.send(
      { ...draft, id: newMessageId(draft.sender), content: ours(draft.content) },
      { signal },
    ));
  return {
    tell: async (content) => {
      const turn = watch.nextTurn(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
      await say({ sender: OPERATOR, to: [ROLE], content });
      return await turn;
    },
    mention: (sender, content) => say({ sender, to: [], content }),
    restart: async () => {
      await life.disposeAsync();
      life = await begin(bus, watch, options);
    },
    close: () => life.disposeAsync(),
  };
}

/** One life of the agent's process; ended by disposing what it returns. */
async function begin(bus: Bus, watch: Watch, options: OneRoleOptions): Promise<AsyncDisposableStack> {
  const stack = new AsyncDisposableStack();
  const env = { OPENAI_API_KEY: "bench-key", SANDBOX: "none", APPROVAL: "advise", ...options.settings };
  const config = loadConfig({ ...env, PROJECT_DIR: options.directory, LOG_LEVEL: "silent", MAX_STEPS: "16" });
  const redactor = createRedactor([env.OPENAI_API_KEY, SECRET]);
  const log = createLogger({ name: ROLE, level: config.LOG_LEVEL, redactor });
  const base = { ...{ role: ROLE, env, config, redactor, log, stack }, secrets: openTeamSecrets(undefined) };
  const tools = watch.wrap(toolsOf(ROLE));
  const mailbox = bus.mailbox(ROLE, "bench");
  const turns = createTurns(base, {
    ...{
      bus,
      tools,
      approvals: mailbox.approvals,
      activity: new ActivityReporter({ bus, role: ROLE, queued: () => 0 }),
    },
    ...(await createToolContext(base, { privateKey: undefined, notice: () => {}, permit: () => {} })),
    model: createRoleModel(base, tools, { backoffMs: BACKOFF_MS }),
  });
  const agent = new Agent({
    ...{ ...turns, role: ROLE, bus, redactor, log, ready: async () => {} },
    mailbox,
    emit: (event) => {
      turns.emit(event);
      if (event.kind === "turn_ended") watch.ended(event.status);
    },
  });
  const ending = new AbortController();
  const running = agent.run(ending.signal);
  stack.defer(async () => {
    ending.abort(new Error("the process ends"));
    await running;
  });
  return stack;
}

/** What is seen of the role from outside. */
class Watch {
  #seen = nothingSeen();
  readonly #ends = new EventTarget();

  constructor(bus: Bus) {
    bus.watch((event) => {
      if (event.kind === "message" && event.sender === ROLE) this.#seen.said = event.content;
      if (event.kind === "notice") this.#seen.notices.push(event.content);
      if (event.kind === "thought") this.#seen.thoughts.push(event.content);
      if (event.kind === "activity" && event.state === "waiting") this.#seen.waits.push(event.detail);
    });
  }

  /** The same tools, each run written down. */
  wrap(tools: ToolTable): ToolTable {
    const wrapped = [...tools].map(([name, granted]) => {
      const run: Tool["run"] = (args, context) => {
        this.#seen.ran.push({ tool: name, args });
        return granted.tool.run(args, context);
      };
      return [name, { ...granted, tool: { ...granted.tool, run } }] as const;
    });
    return new Map(wrapped);
  }

  ended(status: TurnStatus): void {
    this.#seen.status = status;
    this.#ends.dispatchEvent(new Event("end"));
  }

  /** What is seen until the next turn has ended; `no end` when `signal` aborts before. */
  async nextTurn(signal: AbortSignal): Promise<Turn> {
    this.#seen = nothingSeen();
    await once(this.#ends, "end", { signal }).catch(() => undefined);
    return this.#seen;
  }
}

function nothingSeen(): Turn {
  return { status: "no end", said: undefined, notices: [], thoughts: [], waits: [], ran: [] };
}
