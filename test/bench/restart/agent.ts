/**
 * A program: a real agent over the real bus whose turns write a journal, wait a little in its midst, and end. A turn about
 * a message that begins with "die" costs the process its life. Tells its parent what Redis has acknowledged.
 */
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bus, Mailbox, TurnJournal } from "../../../agents/bus/bus.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import type { Message } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../../agents/protocol/roles.ts";
import { createLogger } from "../../../agents/redact/log.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { Agent } from "../../../agents/runtime/agent.ts";
import type { AgentOptions } from "../../../agents/runtime/agent-options.ts";

/** Longest pause in the midst of a turn, in milliseconds. */
const PAUSE_MS = 150;

/** Times are those of the wall. `silent`: nothing more that was acknowledged before will be told. */
export type Told =
  | { kind: "began"; message: Message; atMs: number; bornMs: number }
  | { kind: "kept"; id: string; keys: string[] }
  | { kind: "ended"; id: string; said?: Message }
  | { kind: "buried"; id: string }
  | { kind: "silent" };

const [redisUrl = "", name = ""] = process.argv.slice(2);
const role = name as Role;
process.once("disconnect", () => process.exit()); // its parent has ended
const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort(new Error("SIGTERM")));
const redactor = createRedactor([]);
const log = createLogger({ name, level: "silent", redactor });
const bus = connectRedisBus({ url: redisUrl, name, speaker: role, redactor, leaseMs: 1_500 });
const connection = new EventEmitter();
let isUp = false;
bus.watch((event) => {
  if (event.kind !== "connection") return;
  isUp = event.state === "up";
  connection.emit(event.state);
});
process.on("message", () => void tellSilence()); // the only thing that its parent asks
await new Agent({
  ...{ role, bus, mailbox: telling(bus), turn, redactor, log },
  ready: async () => {},
  onReset: () => {},
  onOver: async () => {},
  emit: () => {},
}).run(stopping.signal);
await bus.close();
process.disconnect();

function tell(told: Told): void {
  process.send?.(told);
}

/** Once there is no connection: what was answered before it ended has been told by then. */
async function tellSilence(): Promise<void> {
  if (isUp) await once(connection, "down");
  setImmediate(() => setImmediate(() => tell({ kind: "silent" })));
}

async function turn({ delivery, journal, signal }: Parameters<AgentOptions["turn"]>[0]) {
  const { message } = delivery;
  tell({ kind: "began", message, atMs: Date.now(), bornMs: performance.timeOrigin });
  if (message.content.startsWith("die")) process.kill(process.pid, "SIGKILL");
  journal.note("reply:1", { text: ours("") });
  journal.note("intent:1.1", { tool: ours("act") });
  await journal.flush(signal);
  await sleep(Math.random() * PAUSE_MS, undefined, { signal });
  journal.note("outcome:1.1", { kind: ours("ok") });
  await journal.flush(signal);
  return { status: "completed" as const, text: message.sender === OPERATOR ? ours("done") : ours("") };
}

/** The mailbox of the role, whose journals tell what has been acknowledged. */
function telling(bus: Bus): Mailbox {
  const mailbox = bus.mailbox(role, "bench");
  return {
    receive: (options) => mailbox.receive(options),
    journal: (message) => tellingJournal(mailbox.journal(message), message),
    thread: (options) => mailbox.thread(options),
    leaseLost: () => mailbox.leaseLost(),
    assertInCharge: () => mailbox.assertInCharge(),
    account: mailbox.account,
    approvals: mailbox.approvals,
    mission: mailbox.mission,
  };
}

function tellingJournal(journal: TurnJournal, { id }: Message): TurnJournal {
  return {
    read: (options) => journal.read(options),
    record: async (entries, options) => {
      await journal.record(entries, options);
      tell({ kind: "kept", id, keys: Object.keys(entries) });
    },
    finish: async (...args) => {
      const said = await journal.finish(...args);
      tell({ kind: "ended", id, ...(said && { said }) });
      for (const each of args[2].also ?? []) tell({ kind: "ended", id: each.id });
      return said;
    },
    cancel: async (...args) => {
      await journal.cancel(...args);
      tell({ kind: "ended", id });
    },
    bury: async (...args) => {
      await journal.bury(...args);
      tell({ kind: "buried", id });
    },
  };
}
