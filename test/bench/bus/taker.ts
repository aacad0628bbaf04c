/** A program: tells when it has taken in so many messages, out of a role's mailbox or of a bare subscription. */

import { Redis } from "ioredis";
import { connectRedisBus } from "../../../agents/bus/redis-bus.ts";
import type { Role } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { connected } from "./connected.ts";

process.once("disconnect", () => process.exit()); // its parent has ended
const [redisUrl = "", mode = "", name = "", count = "0"] = process.argv.slice(2);
await (mode === "mailbox" ? takeFromMailbox() : takeFromChannel());
process.send?.("done");

async function takeFromMailbox(): Promise<void> {
  const { signal } = new AbortController();
  const bus = connectRedisBus({
    url: redisUrl,
    name: "taker",
    speaker: name as Role,
    redactor: createRedactor([]),
  });
  await connected(bus);
  const mailbox = bus.mailbox(name as Role, "taker");
  let taken = (await mailbox.receive({ signal })).length;
  process.send?.("ready");
  while (taken < Number(count)) taken += (await mailbox.receive({ signal })).length;
}

async function takeFromChannel(): Promise<void> {
  const subscriber = new Redis(redisUrl);
  let taken = 0;
  const all = new Promise<void>((resolve) => {
    subscriber.on("message", () => ++taken === Number(count) && resolve());
  });
  await subscriber.subscribe(`bare:${name}`);
  process.send?.("ready");
  await all;
}
