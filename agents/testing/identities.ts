/** The buses of a whole team, each under its own identity at a real redis-server. */

import type { Identity } from "../bus/acl.ts";
import type { Bus } from "../bus/bus.ts";
import type { BusMode } from "../bus/channels.ts";
import { connectRedisBus } from "../bus/redis-bus.ts";
import { OPERATOR, ROLES, SENDERS, type Sender } from "../protocol/roles.ts";
import { createRedactor } from "../redact/redact.ts";
import { nextEvent } from "./bus-contract.ts";
import type { RedisServer } from "./redis-server.ts";

function identityOf(sender: Sender): Identity {
  return sender === OPERATOR ? "console" : sender;
}

/** The buses of a whole team as one: what each says and does goes through a bus under its own identity. */
export async function connectTeam(redis: RedisServer, mode: BusMode): Promise<Bus> {
  const buses = new Map(
    SENDERS.map((sender) => {
      const url = redis.urlOf(identityOf(sender));
      return [
        sender,
        connectRedisBus({ url, name: sender, mode, speaker: sender, redactor: createRedactor([]) }),
      ];
    }),
  );
  const up = (bus: Bus) => nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
  await Promise.all([...buses.values()].map(up));
  const of = (sender: Sender) => buses.get(sender) as Bus;
  const operator = of(OPERATOR);
  return {
    send: (draft, options) => of(draft.sender).send(draft, options),
    command: (command, options) => operator.command(command, options),
    control: (options) => operator.control(options),
    history: (options) => of(ROLES[0]).history(options),
    show: (event) => of(event.kind === "notice" ? event.source : event.role).show(event),
    watch: (listener) => operator.watch(listener),
    mailbox: (role, consumer) => of(role).mailbox(role, consumer),
    callOutput: (call, options) => operator.callOutput(call, options),
    deadLetters: (options) => operator.deadLetters(options),
    spending: (options) => operator.spending(options),
    budgets: operator.budgets,
    approvals: operator.approvals,
    missions: operator.missions,
    guests: operator.guests,
    close: async () => void (await Promise.all([...buses.values()].map((bus) => bus.close()))),
  };
}
