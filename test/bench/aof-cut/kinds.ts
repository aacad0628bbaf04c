/** Each kind of transaction that the bus writes, done once by the real bus in a scene where a turn is under way. */

import type { Redis } from "ioredis";
import type { Bus, Draft, TurnJournal } from "../../../agents/bus/bus.ts";
import type { BusMode } from "../../../agents/bus/channels.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, type Role, type Sender } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import type { MortalRedis } from "../../rig/mortal-redis.ts";
import { connected } from "../bus/connected.ts";

/** `operator` and `agent` are the buses of the console and of the role at work. */
export type Scene = { operator: Bus; agent: Bus; redis: Redis; journal: TurnJournal; signal: AbortSignal };
export type Act = (scene: Scene) => Promise<unknown>;

const ROLE: Role = "DevOps_Builder";

export const KINDS = {
  send: ({ agent, signal }) => agent.send(draft(ROLE, ["QA_Tester"], "go on"), { signal }),
  take_in: async ({ operator, redis }) => {
    const heard = nextMessage(operator);
    await redis.publish("agent_channel", JSON.stringify({ sender: "User", content: "of another program" }));
    await heard;
  },
  record: ({ journal, signal }) =>
    journal.record({ "outcome:1.1": '{"kind":"ok"}', "reply:2": "{}" }, { signal }),
  finish: ({ journal, signal }) =>
    journal.finish("completed", draft(ROLE, ["QA_Tester"], "done, look at it"), { signal }),
  cancel: ({ journal, signal }) => journal.cancel(ours("stopped"), { signal }),
  bury: ({ journal, signal }) => journal.bury(ours("interrupted too often"), { signal }),
  stop: ({ operator, signal }) => operator.command("STOP", { signal }),
  clear: ({ operator, signal }) => operator.command("CLEAR", { signal }),
} as const satisfies Record<string, Act>;

/** Only in compat mode is anything taken in that was merely published. */
export function modeOf(act: Act): BusMode {
  return act === KINDS.take_in ? "compat" : "strict";
}

export type SceneOptions = { server: MortalRedis; mode: BusMode; redis: Redis; signal: AbortSignal };

/** A history of two, one of which is being worked on. What it opens is closed by `stack`. */
export async function setScene(
  { server, mode, redis, signal }: SceneOptions,
  stack: AsyncDisposableStack,
): Promise<Scene> {
  const enter = async (speaker: Sender) => {
    const url = server.urlOf(speaker === OPERATOR ? "console" : speaker);
    const bus = connectRedisBus({ url, name: "bench", mode, speaker, redactor: createRedactor([]) });
    stack.defer(() => bus.close());
    await connected(bus);
    return bus;
  };
  const [operator, agent] = [await enter(OPERATOR), await enter(ROLE)];
  await operator.send(draft(OPERATOR, [], "hello"), { signal });
  await operator.send(draft(OPERATOR, [ROLE], "work"), { signal });
  const mailbox = agent.mailbox(ROLE, "bench");
  const deliveries = [];
  while (deliveries.length === 0) deliveries.push(...(await mailbox.receive({ signal })));
  const [delivery] = deliveries;
  if (delivery === undefined) throw new Error("nothing was delivered");
  const journal = mailbox.journal(delivery.message);
  await journal.record({ "reply:1": "{}", "intent:1.1": "{}" }, { signal });
  if (mode === "compat")
    while (((await redis.call("PUBSUB", "NUMSUB", "agent_channel")) as unknown[])[1] === 0);
  return { operator, agent, redis, journal, signal };
}

export function draft(sender: Sender, to: Role[], content: string): Draft {
  return { id: newMessageId(sender), sender, to, content: ours(content) };
}

function nextMessage(bus: Bus): Promise<void> {
  return new Promise((resolve) => {
    const stop = bus.watch((event) => {
      if (event.kind !== "message") return;
      stop();
      resolve();
    });
  });
}
