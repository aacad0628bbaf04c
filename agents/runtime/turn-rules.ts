/**
 * By which rules a role's turns run: what the model is shown, which calls are made, when it is enough. It writes no file,
 * and knows neither bus nor Redis: whoever gives it a model and tools decides what that has for effects.
 */
import { type Config, projectPath } from "../base/config.ts";
import type { Audit } from "../bus/audit-file.ts";
import type { Calls } from "../host/commands/call.ts";
import { turnIdOf } from "../host/commands/call-id.ts";
import type { MissionDesk } from "../protocol/mission.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import type { AgentOptions } from "./agent-options.ts";
import { contextBudget } from "./context-budget.ts";
import { createDoneJudge } from "./done-request.ts";
import { FailureCounter } from "./escalation.ts";
import type { TurnEvent, TurnListener } from "./events.ts";
import { News } from "./news.ts";
import { createSystemPrompt } from "./prompt.ts";
import { endpointOf } from "./spending.ts";
import { openThread } from "./thread-records.ts";
import { tokensOfText } from "./thread-unit.ts";
import { toolDefinitions } from "./tool-call.ts";
import { runTurn, type TurnContext } from "./turn.ts";

export type Turns = Pick<AgentOptions, "turn" | "emit" | "onReset" | "onOver" | "newsOfTurn">;

/** `calls` ends what a turn has left; `gatesFor` gives what each request to the model goes through, if anything. */
export type RuleParts = Pick<TurnContext, "model" | "tools" | "toolContext" | "authority" | "reviewFor"> & {
  calls: Pick<Calls, "open" | "endTurn">;
  listeners: readonly TurnListener[];
  /** The records of the mission; without them there is none. */
  desk?: MissionDesk | undefined;
  audit?: Audit | undefined;
  gatesFor?(emit: TurnListener): TurnContext["gateFor"];
};

export function createTurnRules(
  { role, config, redactor }: { role: Role; config: Config; redactor: Redactor },
  { listeners, gatesFor, desk, audit, ...work }: RuleParts,
): Turns {
  const failures = new FailureCounter();
  const news = new News();
  const budget = contextBudget(config);
  const toolTokens = tokensOfText(JSON.stringify(toolDefinitions(work.tools)));
  const emit = (event: TurnEvent) => {
    news.listener(event);
    for (const listener of listeners) listener(event);
  };
  const prompts = { role, directory: projectPath(config, "prompts"), nodes: config.PROXMOX_NODES, redactor };
  const systemPrompt = createSystemPrompt(prompts);
  const gateFor = gatesFor?.(emit);
  const own = {
    role,
    endpoint: endpointOf(config, redactor),
    failures,
    redactor,
    maxSteps: config.MAX_STEPS,
  };
  const judgeDone = desk && createDoneJudge({ role, desk, redactor, audit });
  const context = { ...work, ...own, emit, ...(gateFor && { gateFor }), ...(judgeDone && { judgeDone }) };
  return {
    emit,
    onReset: () => {
      failures.clear();
      news.clear();
      work.toolContext.nodes.disconnect();
    },
    newsOfTurn: () => news.ofTurn,
    onOver: (message) => work.calls.endTurn(turnIdOf(role, message.id)),
    turn: async ({ history, past, ...work }) => {
      const { delivery, also, journal } = work;
      const settings = { role, redactor, toolTokens, budget, system: systemPrompt() };
      const thread = openThread(settings, { history, past, journal, tasks: [delivery.message, ...also] });
      const words = await desk?.words({ signal: work.signal });
      return await runTurn(context, { ...work, thread, mission: words?.isOpen ? words.id : undefined });
    },
  };
}
