/** Each kind of transaction that the bus writes, done once by the real bus in a scene where a turn is under way. */
import type { Redis } from "ioredis";
import type { Bus, Draft, TurnJournal } from "../../../agents/bus/bus.ts";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import type { Role, Sender } from "../../../agents/protocol/roles.ts";
import { connected } from "../bus/connected.ts";

export type Scene = { bus: Bus; redis: Redis; journal: TurnJournal; signal: AbortSignal };
export type Act = (scene: Scene) => Promise<unknown>;

const ROLE: Role = "DevOps_Builder";

export const KINDS = {
  send: ({ bus, signal }) => bus.send(draft("Architect_Zero", [ROLE], "go on"), { signal }),
  take_in: async ({ bus, redis }) => {
    const heard = nextMessage(bus);
    await redis.publish("agent_channel", JSON.stringify({ sender: "User", content: "of another program" }));
    await heard;
  },
  record: ({ journal, signal }) =>
    journal.record({ "outcome:1.1": '{"kind":"ok"}', "reply:2": "{}" }, { signal }),
  finish: ({ journal, signal }) =>
    journal.finish("completed", draft(ROLE, ["QA_Tester"], "done, look at it"), { signal }),
  cancel: ({ journal, signal }) => journal.cancel("stopped", { signal }),
  bury: ({ journal, signal }) => journal.bury("interrupted too often", { signal }),
  stop: ({ bus, signal }) => bus.command("STOP", { signal }),
  clear: ({ bus, signal }) => bus.command("CLEAR", { signal }),
} as const satisfies Record<string, Act>;

/** A history of two, one of which is being worked on. What it opens is closed by `stack`. */
export async function setScene(
  { url, redis, signal }: { url: string; redis: Redis; signal: AbortSignal },
  stack: AsyncDisposableStack,
): Promise<Scene> {
  const bus = connectRedisBus({ url, name: "bench", mode: "compat" });
  stack.defer(() => bus.close());
  await connected(bus);
  await bus.send(draft("User", [], "hello"), { signal });
  await bus.send(draft("User", [ROLE], "work"), { signal });
  const mailbox = bus.mailbox(ROLE, "bench");
  const deliveries = [];
  while (deliveries.length === 0) deliveries.push(...(await mailbox.receive({ signal })));
  const [delivery] = deliveries;
  if (delivery === undefined) throw new Error("nothing was delivered");
  const journal = mailbox.journal(delivery.message);
  await journal.record({ "reply:1": "{}", "intent:1.1": "{}" }, { signal });
  while (((await redis.call("PUBSUB", "NUMSUB", "agent_channel")) as unknown[])[1] === 0);
  return { bus, redis, journal, signal };
}

export function draft(sender: Sender, to: Role[], content: string): Draft {
  return { id: newMessageId(sender), sender, to, content };
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
