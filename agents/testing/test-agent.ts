/** One agent in the test's own process: the real loop over a bus, a real model endpoint, tools of the test's choice. */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Env, loadConfig } from "../base/config.ts";
import type { OwnApprovals } from "../bus/approvals.ts";
import type { Bus } from "../bus/bus.ts";
import { Calls, type CallsOptions } from "../host/commands/call.ts";
import { turnIdOf } from "../host/commands/call-id.ts";
import type { Role } from "../protocol/roles.ts";
import { createLogger } from "../redact/log.ts";
import { createRedactor, type Redactor } from "../redact/redact.ts";
import { redacted } from "../redact/redacted.ts";
import { Agent } from "../runtime/agent.ts";
import type { Authority } from "../runtime/asking.ts";
import { contextBudget } from "../runtime/context-budget.ts";
import { createDoneJudge } from "../runtime/done-request.ts";
import { FailureCounter } from "../runtime/escalation.ts";
import type { TurnEvent, TurnListener } from "../runtime/events.ts";
import { tellUnknown } from "../runtime/listeners.ts";
import { createModel } from "../runtime/model.ts";
import { News } from "../runtime/news.ts";
import { createReview } from "../runtime/review.ts";
import { createGates } from "../runtime/role-gates.ts";
import { openThread } from "../runtime/thread-records.ts";
import { type ToolTable, toolDefinitions } from "../runtime/tool-call.ts";
import { runTurn, type TurnContext } from "../runtime/turn.ts";
import type { Tool } from "../tools/tool.ts";
import { type ModelAnswer, type ModelRequest, startModelServer } from "./model-server.ts";
import { NO_GATE } from "./no-gate.ts";

/** The tools of most tests touch nothing of a machine. */
const NO_MACHINE = {} as unknown as TurnContext["toolContext"];

const NO_CALLS = join(tmpdir(), `minilab-calls-${process.pid}`);

export type TestAgent = {
  events: TurnEvent[];
  requests: ModelRequest[];
  /** The next event that `accepts`, counted from now. */
  next(accepts: (event: TurnEvent) => boolean): Promise<TurnEvent>;
  /** As SIGTERM does. */
  stop(): Promise<void>;
};

export type TestAgentOptions = {
  bus: Bus;
  role: Role;
  tools?: readonly Tool[];
  answer: (request: ModelRequest, index: number) => ModelAnswer | Promise<ModelAnswer>;
  maxSteps?: number;
  redactor?: Redactor;
  /** Besides the test. */
  listeners?: readonly TurnListener[];
  ready?: (signal: AbortSignal) => Promise<void>;
  /** For tools that run commands. */
  toolContext?: TurnContext["toolContext"];
  /** Budgets and limits, as settings; none without. */
  settings?: Env;
  /** The gate; without it all is allowed. */
  authority?: (approvals: OwnApprovals) => Authority;
  /** The records of the mission, and a look at them before `[DONE]` holds. */
  hasMission?: boolean;
  /** How they are ended. */
  ends?: Partial<CallsOptions>;
};

export async function startTestAgent(options: TestAgentOptions): Promise<TestAgent> {
  const { bus, role } = options;
  const server = await startModelServer(options.answer);
  const tools: ToolTable = new Map(
    (options.tools ?? []).map((tool) => [tool.name, { tool, access: "full" }]),
  );
  const redactor = options.redactor ?? createRedactor(["hunter2hunter2"]);
  const calls = new Calls({
    directory: NO_CALLS,
    permit: () => {},
    local: [],
    endOnHost: async () => true,
    ...options.ends,
  });
  const events: TurnEvent[] = [];
  const news = new News();
  const listeners = new Set<TurnListener>([
    (event) => events.push(event),
    tellUnknown(bus, role),
    news.listener,
    ...(options.listeners ?? []),
  ]);
  const emit = (event: TurnEvent) => {
    for (const listener of [...listeners]) listener(event);
  };
  const model = createModel({
    ...{ baseUrl: server.url, apiKey: "k", model: "test-model", reasoningEffort: undefined, cacheKey: role },
    ...{ maxOutputTokens: 1_000, timeoutMs: 60_000, tools: toolDefinitions(tools), backoffMs: 1 },
    redactor,
  });
  const mailbox = bus.mailbox(role, "test");
  const desk = options.hasMission ? mailbox.mission : undefined;
  const toolContext = { ...(options.toolContext ?? NO_MACHINE), redactor, mission: desk };
  const endpoint = { model: redacted`test-model`, server: redacted`test-server` };
  const parts = { role, bus, account: mailbox.account, endpoint, redactor, emit };
  const authority = options.authority?.(mailbox.approvals) ?? NO_GATE;
  if (authority.listener) listeners.add(authority.listener);
  const context: TurnContext = {
    endpoint,
    ...(options.settings && { gateFor: createGates(loadConfig(options.settings), parts) }),
    ...{ role, model, tools, redactor, emit, maxSteps: options.maxSteps ?? 100 },
    failures: new FailureCounter(),
    toolContext,
    calls,
    authority,
    reviewFor: (turn) => createReview({ bus, approvals: mailbox.approvals, holdMs: 60_000 }, turn),
    ...(desk && { judgeDone: createDoneJudge({ role, desk, redactor }) }),
  };
  const budget = contextBudget(loadConfig(options.settings ?? {}));
  const threads = { role, redactor, budget, toolTokens: 0, system: redacted`You are ${role}.` };
  const agent = new Agent({
    ...{ role, bus, emit, redactor },
    mailbox,
    log: createLogger({ name: role, level: "silent", redactor }),
    ready: options.ready ?? (async () => {}),
    onReset: () => context.failures.clear(),
    newsOfTurn: () => news.ofTurn,
    onOver: (message) => calls.endTurn(turnIdOf(role, message.id)),
    turn: async ({ history, past, ...work }) => {
      const { delivery, also, journal } = work;
      const thread = openThread(threads, { history, past, journal, tasks: [delivery.message, ...also] });
      const mission = (await desk?.words({ signal: work.signal }))?.id;
      return await runTurn(context, { ...work, thread, mission });
    },
  });
  const stopping = new AbortController();
  const running = agent.run(stopping.signal);
  return {
    events,
    requests: server.requests,
    next: (accepts) =>
      new Promise((resolve) => {
        const listener = (event: TurnEvent) => {
          if (!accepts(event)) return;
          listeners.delete(listener);
          resolve(event);
        };
        listeners.add(listener);
      }),
    stop: async () => {
      stopping.abort(new Error("stopped by the test"));
      await running;
      await server.close();
    },
  };
}
