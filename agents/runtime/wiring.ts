/** What a role works with, put together from its settings: a host for its tools, a model, and turns that use both. */
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { auditFolder, type Config, type Env, projectPath } from "../base/config.ts";
import type { Permit } from "../base/permit.ts";
import type { TeamSecrets } from "../base/team-secrets.ts";
import type { OwnApprovals } from "../bus/approvals.ts";
import { AuditFile } from "../bus/audit-file.ts";
import type { Account, Bus } from "../bus/bus.ts";
import { broughtPrograms } from "../host/commands/brought-programs.ts";
import { Calls } from "../host/commands/call.ts";
import { createCommandRunner } from "../host/commands/command-runner.ts";
import { createSandbox } from "../host/commands/sandbox.ts";
import { folderUserOf, toolUserOf } from "../host/commands/tool-user.ts";
import { callsFolder, terraformFolder, workspaceOf } from "../host/files/paths.ts";
import { createNodePool } from "../host/nodes/node-pool.ts";
import { dialsOf } from "../protocol/dials.ts";
import { REVIEWER } from "../protocol/grant.ts";
import type { MissionDesk } from "../protocol/mission.ts";
import { ROLES, type Role } from "../protocol/roles.ts";
import type { Logger } from "../redact/log.ts";
import type { Redactor } from "../redact/redact.ts";
import { removeRunFolder } from "../tools/run-folder.ts";
import { PLANS_FOLDER } from "../tools/terraform-review.ts";
import type { ActivityReporter } from "./activity.ts";
import { auditCalls } from "./audit-calls.ts";
import { RoleAuthority } from "./authority.ts";
import { reportCalls } from "./call-report.ts";
import type { TurnListener } from "./events.ts";
import { createExecutionLog, executionLogFile } from "./execution-log.ts";
import { guestsOf, type NamedGuests } from "./guest-source.ts";
import { logTurn, tellUnknown, thinkAloud } from "./listeners.ts";
import { createModel, type Model } from "./model.ts";
import { createReview } from "./review.ts";
import { createGates } from "./role-gates.ts";
import { SessionDocuments } from "./session-documents.ts";
import { endpointOf } from "./spending.ts";
import { type ToolTable, toolDefinitions } from "./tool-call.ts";
import type { TurnContext } from "./turn.ts";
import { createTurnRules, type Turns } from "./turn-rules.ts";

export type CommonToolContext = TurnContext["toolContext"];

/** One role in one process; what is opened for it is closed with `stack`. */
export type Base = {
  role: Role;
  env: Env;
  config: Config;
  redactor: Redactor;
  secrets: TeamSecrets;
  log: Logger;
  stack: AsyncDisposableStack;
};

export type HostParts = {
  privateKey: Buffer | undefined;
  vaultKey?: string | undefined;
  notice: (text: string) => void;
  permit: Permit;
  /** Those that the operator has named on the bus. */
  guests?: NamedGuests;
};

/** The machine and the nodes, as the tools of the role get them, and the calls that use them. AppError `missing_requirement` without a sandbox. */
export async function createToolContext(
  { role, env, config, redactor, secrets, stack }: Base,
  { privateKey, vaultKey, notice, permit, guests = async () => [] }: HostParts,
): Promise<{ toolContext: CommonToolContext; calls: Calls }> {
  const workspace = workspaceOf(config.WORKSPACE_LAYOUT, projectPath(config, "."));
  const artifacts = {
    directory: join(workspace["/app/docs"], "tool_output"),
    visibleDirectory: "/app/docs/tool_output",
  };
  await mkdir(artifacts.directory, { recursive: true, mode: 0o755 }); // not for the group: commands may be in it
  // those of the others as well, before a command can make one in their name
  for (const each of ROLES)
    await appendFile(executionLogFile(workspace["/app/docs"], each), "", { mode: 0o644 });
  const { programs, systemPath } = broughtPrograms(config.MINILAB_PROGRAMS);
  const sandbox = await createSandbox(config.SANDBOX, {
    workspace,
    programs,
    nodes: config.PROXMOX_NODES,
    protect: [artifacts.visibleDirectory, PLANS_FOLDER],
    toolUser: toolUserOf(config),
    folderUser: folderUserOf(config),
  });
  const directory = callsFolder(config.WORKSPACE_LAYOUT, projectPath(config, "."), role);
  const processes = createCommandRunner({
    ...{ sandbox, artifacts, calls: directory, redactor, permit, systemPath },
  });
  const nodes = createNodePool({
    ...{ nodes: config.PROXMOX_NODES, user: config.SSH_USER, privateKey, artifacts, redactor },
    knownNodesFile: projectPath(config, config.KNOWN_NODES_FILE),
    onNotice: notice,
    guests: guestsOf(config, guests),
  });
  stack.defer(() => nodes.close());
  const terraform = terraformFolder(config.WORKSPACE_LAYOUT, projectPath(config, "."));
  const calls = new Calls({
    directory,
    permit,
    local: [(id) => processes.end(id), (id) => removeRunFolder({ workspace, terraform }, id)],
    endOnHost: (host, id) => nodes.end(host, id),
  });
  stack.defer(calls.keepEnding());
  const host = { workspace, processes, nodes, artifacts };
  const api = {
    caFile: projectPath(config, config.PROXMOX_CA_FILE),
    tokenFile: projectPath(config, config.PROXMOX_TOKEN_FILE),
  };
  return { toolContext: { role, ...host, vaultKey, redactor, secrets, terraform, ...api, env }, calls };
}

/** The model of the settings, offered these tools; `backoffMs` is the first wait between attempts. */
export function createRoleModel(
  { role, config, redactor }: Pick<Base, "role" | "config" | "redactor">,
  tools: ToolTable,
  waits: { backoffMs?: number } = {},
): Model {
  return createModel({
    ...waits,
    baseUrl: config.OPENAI_API_BASE,
    apiKey: config.OPENAI_API_KEY,
    model: config.LLM_MODEL,
    api: config.LLM_API,
    reasoningEffort: config.LLM_REASONING_EFFORT,
    maxOutputTokens: config.LLM_MAX_OUTPUT_TOKENS,
    timeoutMs: config.LLM_TIMEOUT_S * 1_000,
    cacheKey: role,
    tools: toolDefinitions(tools),
    redactor,
  });
}

export type TurnParts = {
  bus: Bus;
  activity: ActivityReporter;
  /** Without it there is no budget and no limit. */
  account?: Account;
  /** By which changes are posted, granted and begun. */
  approvals: OwnApprovals;
  desk?: MissionDesk;
  toolContext: CommonToolContext;
  calls: Calls;
  tools: ToolTable;
  model: Model;
  /** Who listens beside the product's own. */
  listener?: TurnListener | undefined;
};

/** What happens in a turn, and who hears of it. */
export function createTurns(
  base: Base,
  { bus, activity, account, approvals, desk, listener, ...work }: TurnParts,
): Turns {
  const { role, config, redactor, log } = base;
  const docs = work.toolContext.workspace["/app/docs"];
  const documents = new SessionDocuments(docs, role);
  const executionLog = createExecutionLog(executionLogFile(docs, role), log);
  const shown = [thinkAloud(bus, role), tellUnknown(bus, role), reportCalls(bus, role)];
  const audit = new AuditFile(auditFolder(config), role);
  const heard = [auditCalls(audit, log), executionLog, activity.listener, ...shown, logTurn(log)];
  const listeners = heard.concat(listener ?? []);
  const endpoint = endpointOf(config, redactor);
  const gatesFor = (emit: TurnListener) =>
    account && createGates(config, { role, bus, account, endpoint, redactor, emit });
  const waitMs = config.APPROVAL_MINUTES * 60_000;
  const authority = new RoleAuthority({ role, bus, approvals, dials: dialsOf(config), waitMs });
  const reviewFor =
    role === REVIEWER
      ? (turn: Parameters<typeof createReview>[1]) => createReview({ bus, approvals, holdMs: waitMs }, turn)
      : undefined;
  listeners.push(authority.listener);
  const turns = createTurnRules(base, { ...work, listeners, gatesFor, authority, reviewFor, desk, audit });
  return {
    ...turns,
    turn: async (work) => {
      await documents.begin(work.delivery.message.session);
      return await turns.turn(work);
    },
  };
}

/** Spans for a collector, where one is set: nothing of it is loaded otherwise. */
export async function openTelemetry({
  role,
  config,
  redactor,
  log,
  stack,
}: Base): Promise<TurnListener | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { createTelemetry } = await import("./telemetry.ts");
  const telemetry = createTelemetry({ role, config, log, endpoint: endpointOf(config, redactor) });
  stack.defer(() => telemetry.close());
  return telemetry.listener;
}
