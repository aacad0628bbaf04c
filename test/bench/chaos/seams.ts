/** The product's parts with points around what they do. Each decorator changes nothing but the time. */
import type { Bus, Mailbox, TurnJournal } from "../../../agents/bus/bus.ts";
import type { Model } from "../../../agents/runtime/model.ts";
import type { ToolTable } from "../../../agents/runtime/tool-call.ts";
import type { CommonToolContext } from "../../../agents/runtime/wiring.ts";
import type { Gate } from "./gate.ts";
import { seamOf } from "./watched-store.ts";

export function watchBus(bus: Bus, gate: Gate): Bus {
  return {
    send: (draft, options) => bus.send(draft, options),
    command: (command, options) => bus.command(command, options),
    control: (options) => gate.around("control", () => bus.control(options)),
    history: (options) => gate.around("history", () => bus.history(options)),
    show: (event) => bus.show(event),
    watch: (listener) => bus.watch(listener),
    mailbox: (role, consumer) => bus.mailbox(role, consumer),
    callOutput: (call, options) => bus.callOutput(call, options),
    deadLetters: (options) => bus.deadLetters(options),
    spending: (options) => bus.spending(options),
    budgets: bus.budgets,
    approvals: bus.approvals,
    missions: bus.missions,
    guests: bus.guests,
    close: () => bus.close(),
  };
}

/** `receive` counts when there is something to receive. */
export function watchMailbox(
  mailbox: Mailbox,
  gate: Gate,
  change: (journal: TurnJournal) => TurnJournal,
): Mailbox {
  return {
    receive: async (options) => {
      gate.reach("receive.before");
      const deliveries = await mailbox.receive(options);
      if (deliveries.length > 0) gate.reach("receive.after");
      return deliveries;
    },
    journal: (message) => watchJournal(change(mailbox.journal(message)), gate),
    thread: (options) => mailbox.thread(options),
    leaseLost: () => mailbox.leaseLost(),
    assertInCharge: () => mailbox.assertInCharge(),
    account: mailbox.account,
    approvals: mailbox.approvals,
    mission: mailbox.mission,
  };
}

function watchJournal(journal: TurnJournal, gate: Gate): TurnJournal {
  return {
    read: (options) => gate.around("journal.read", () => journal.read(options)),
    record: (entries, options) => {
      const seam = seamOf(Object.keys(entries));
      return gate.around(seam, () => journal.record(entries, options));
    },
    finish: (status, reply, options) => gate.around("finish", () => journal.finish(status, reply, options)),
    cancel: (cause, options) => gate.around("cancel", () => journal.cancel(cause, options)),
    bury: (cause, options) => journal.bury(cause, options),
  };
}

export function watchModel(model: Model, gate: Gate): Model {
  return { ask: (messages, options) => gate.around("model.ask", () => model.ask(messages, options)) };
}

export function watchTools(tools: ToolTable, gate: Gate): ToolTable {
  return new Map(
    [...tools].map(([name, { tool, access }]) => {
      const run: typeof tool.run = (input, context) => gate.around("tool", () => tool.run(input, context));
      return [name, { access, tool: { ...tool, run } }];
    }),
  );
}

export function watchHost(context: CommonToolContext, gate: Gate): CommonToolContext {
  const { processes, nodes } = context;
  return {
    ...context,
    processes: { ...processes, run: (spec) => gate.around("process", () => processes.run(spec)) },
    nodes: {
      ...nodes,
      exec: (node, command, options) => gate.around("node.exec", () => nodes.exec(node, command, options)),
    },
  };
}
