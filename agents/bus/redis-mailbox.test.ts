import { afterAll, beforeAll, expect, test } from "vitest";
import { AppError } from "../base/errors.ts";
import { createRedactor } from "../redact/redact.ts";
import { draft, receiveCount } from "../testing/bus-contract.ts";
import { type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import type { RedisCommand } from "./look.ts";
import { busOver } from "./redis-bus.ts";
import { RedisStore } from "./redis-store.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(async () => await server.close());

/** Its connection breaks at the first command of this name. */
class BreakingStore extends RedisStore {
  #breaksAt: string | undefined;

  constructor(url: string, breaksAt: string) {
    super(url, "test");
    this.#breaksAt = breaksAt;
  }

  override async command(command: RedisCommand): Promise<unknown> {
    if (command[0] !== this.#breaksAt) return await super.command(command);
    this.#breaksAt = undefined;
    throw new AppError("unavailable", "the connection broke");
  }
}

test.each(["XREAD"] as const)(
  "a connection that breaks at %s, after the lease was taken, costs no message (F01)",
  async (command) => {
    const role = "QA_Tester";
    const store = new BreakingStore(server.url, command);
    const bus = busOver(store, { redactor: createRedactor([]) });
    await new Promise((resolve) => store.onConnection(resolve));
    const { id } = await bus.send(draft("User", [role], command), {
      signal: AbortSignal.timeout(5_000),
    });
    const mailbox = bus.mailbox(role, "a");
    const receiving = mailbox.receive({ signal: AbortSignal.timeout(5_000) });
    await expect(receiving).rejects.toMatchObject({ code: "unavailable" });
    expect((await receiveCount(mailbox, 1))[0]?.message.id).toBe(id);
    await bus.close();
  },
);
