/**
 * A program: an agent as agents/main.ts makes it, out of the same parts, with points between them. It waits for its
 * orders on a pipe, so that it is there at once when it is needed.
 */

import { readFile } from "node:fs/promises";
import { loadConfig, projectPath } from "../../../agents/base/config.ts";
import { openTeamSecrets } from "../../../agents/base/team-secrets.ts";
import { busOver } from "../../../agents/bus/redis-bus.ts";
import { createLogger } from "../../../agents/redact/log.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { ActivityReporter } from "../../../agents/runtime/activity.ts";
import { Agent } from "../../../agents/runtime/agent.ts";
import {
  type Base,
  createRoleModel,
  createToolContext,
  createTurns,
} from "../../../agents/runtime/wiring.ts";
import { toolsOf } from "../../../agents/tools/permissions.ts";
import { Gate, readLine } from "./gate.ts";
import { type Orders, ROLE } from "./orders.ts";
import { watchBus, watchHost, watchMailbox, watchModel, watchTools } from "./seams.ts";
import { WatchedStore } from "./watched-store.ts";
import { forgetMarkers, recordLate } from "./weakness.ts";

await main(JSON.parse(readLine()) as Orders);

async function main(orders: Orders): Promise<void> {
  const config = loadConfig(orders.env);
  const redactor = createRedactor([]);
  const secrets = openTeamSecrets(undefined);
  const log = createLogger({ name: orders.consumer, level: config.LOG_LEVEL, redactor });
  const stopping = new AbortController();
  process.once("SIGTERM", () => stopping.abort(new Error("SIGTERM")));
  await using stack = new AsyncDisposableStack();
  const agent = await createAgent(
    { role: ROLE, env: orders.env, config, redactor, secrets, log, stack },
    orders,
  );
  await agent.run(stopping.signal);
}

async function createAgent(base: Base, { consumer, leaseMs, armed, weakness }: Orders): Promise<Agent> {
  const { role, config, redactor, log, stack } = base;
  const gate = new Gate(armed);
  const store = new WatchedStore({ url: config.REDIS_URL, name: consumer, gate, weakness });
  const bus = busOver(store, { speaker: role, leaseMs, redactor: createRedactor([]) });
  stack.defer(() => bus.close());
  const activity = new ActivityReporter({ bus, role, queued: () => agent.inbox.size });
  stack.defer(() => activity.close());
  const privateKey = await readFile(projectPath(config, config.SSH_KEY_FILE));
  const notice = (text: string) => agent.notice(ours(text));
  const mailbox = watchMailbox(bus.mailbox(role, consumer), gate, (journal) =>
    weakness === "order" ? recordLate(journal) : journal,
  );
  const permit = () => {
    if (weakness !== "permit") mailbox.assertInCharge();
  };
  const host = await createToolContext(base, { privateKey, notice, permit });
  const toolContext = watchHost(host.toolContext, gate);
  const granted = toolsOf(role);
  const tools = watchTools(weakness === "marker" ? forgetMarkers(granted) : granted, gate);
  const model = watchModel(createRoleModel(base, tools), gate);
  const turns = createTurns(base, {
    ...{
      ...host,
      bus,
      activity,
      account: mailbox.account,
      approvals: mailbox.approvals,
      toolContext,
      tools,
      model,
    },
  });
  const ready = async () => {};
  const agent = new Agent({ ...turns, role, bus: watchBus(bus, gate), mailbox, ready, redactor, log });
  return agent;
}
