/**
 * A program: a real agent over the real bus whose turns write their journal and end at once, so that the bus is what is
 * measured. A turn about a message that begins with "hold" lasts until it is stopped. Tells its parent what happens.
 */

import type { Bus, Mailbox, TurnJournal } from "../../../agents/bus/bus.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import type { Message } from "../../../agents/protocol/message.ts";
import type { Role } from "../../../agents/protocol/roles.ts";
import { createLogger } from "../../../agents/redact/log.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { Agent } from "../../../agents/runtime/agent.ts";
import type { AgentOptions } from "../../../agents/runtime/agent-options.ts";
import { connected } from "../bus/connected.ts";

/** `taken`: messages in this process's hands so far. `ended`: as recorded in Redis. */
export type Told =
  | { kind: "taken"; count: number }
  | { kind: "holding" }
  | { kind: "ended"; how: "completed" | "cancelled"; content: string };

/** In the journal of a turn that an earlier life of this agent has held. */
const HELD = "held";

const [redisUrl = "", name = ""] = process.argv.slice(2);
const role = name as Role;
process.once("disconnect", () => process.exit()); // its parent has ended
const redactor = createRedactor([]);
const log = createLogger({ name, level: "warn", redactor });
const bus = connectRedisBus({ url: redisUrl, name, speaker: role, redactor });
await connected(bus);
await new Agent({
  ...{ role, bus, mailbox: telling(bus), turn, redactor, log },
  ready: async () => {},
  onReset: () => {},
  onOver: async () => {},
  emit: () => {},
}).run(new AbortController().signal);

function tell(told: Told): void {
  process.send?.(told);
}

async function turn({ delivery, also, journal, signal }: Parameters<AgentOptions["turn"]>[0]) {
  const isHold = [delivery.message, ...also].some(({ content }) => content.startsWith("hold"));
  if (isHold && !journal.all.has(HELD)) {
    journal.note(HELD, true);
    await journal.flush(signal);
    await hold(signal);
  }
  journal.note("reply:1", { text: ours("") });
  await journal.flush(signal);
  return { status: "completed" as const, text: ours("") };
}

async function hold(signal: AbortSignal): Promise<never> {
  tell({ kind: "holding" });
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  throw signal.reason;
}

/** The mailbox of the role, which tells what it hands out and when a turn's end has been recorded. */
function telling(bus: Bus): Mailbox {
  const mailbox = bus.mailbox(role, "bench");
  const taken = new Set<string>();
  return {
    receive: async (options) => {
      const deliveries = await mailbox.receive(options);
      for (const { message } of deliveries) taken.add(message.id);
      if (deliveries.length > 0) tell({ kind: "taken", count: taken.size });
      return deliveries;
    },
    journal: (message) => tellingEnd(mailbox.journal(message), message),
    thread: (options) => mailbox.thread(options),
    leaseLost: () => mailbox.leaseLost(),
    assertInCharge: () => mailbox.assertInCharge(),
    account: mailbox.account,
    approvals: mailbox.approvals,
    mission: mailbox.mission,
  };
}

function tellingEnd(journal: TurnJournal, { content }: Message): TurnJournal {
  return {
    read: (options) => journal.read(options),
    record: (entries, options) => journal.record(entries, options),
    bury: (cause, options) => journal.bury(cause, options),
    finish: async (...args) => {
      const said = await journal.finish(...args);
      const contents = [content, ...(args[2].also ?? []).map((each) => each.content)];
      for (const each of contents) tell({ kind: "ended", how: "completed", content: each });
      return said;
    },
    cancel: async (...args) => {
      await journal.cancel(...args);
      tell({ kind: "ended", how: "cancelled", content });
    },
  };
}
