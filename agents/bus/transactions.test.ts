import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newMessageId } from "../protocol/message.ts";
import { createRedactor } from "../redact/redact.ts";
import { ours } from "../redact/redacted.ts";
import { type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import type { Decide, Look } from "./look.ts";
import { busOver } from "./redis-bus.ts";
import { RedisStore } from "./redis-store.ts";

const signal = AbortSignal.timeout(30_000);
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(async () => await redis.close());

async function storeOf(url = redis.url): Promise<RedisStore> {
  const store = new RedisStore(url, "transactions");
  await store.connected(signal);
  return store;
}

const COUNTER: Look = { watch: ["counter"], reads: [["GET", "counter"]], stands: true };
const add: Decide<number> = ([before]) => {
  const result = Number(before) + 1;
  return { result, write: [["SET", "counter", result]] };
};

/** A way to Redis that counts what is sent on it at once. */
async function countingWay(): Promise<{
  url: string;
  sent: () => number;
  cut: () => void;
  close: () => void;
}> {
  let sent = 0;
  const links = new Set<Socket>();
  const way = createServer((near) => {
    const far = connect(redis.port, "127.0.0.1");
    for (const socket of [near, far]) links.add(socket.on("error", () => {}));
    near.on("data", () => sent++);
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(way, "listening");
  const cut = () => {
    for (const link of links) link.destroy();
  };
  const close = () => {
    cut();
    way.close();
  };
  const { port } = way.address() as AddressInfo;
  return { url: `redis://tester:tester@127.0.0.1:${port}`, sent: () => sent, cut, close };
}

/** On a busy machine an answer may come so late that a look is not kept: the least of several series. */
async function leastSent(way: { sent: () => number }, work: () => Promise<unknown>): Promise<number> {
  const counts: number[] = [];
  for (let series = 0; series < 20; series++) {
    const before = way.sent();
    for (let time = 0; time < 5; time++) await work();
    counts.push(way.sent() - before);
  }
  return Math.min(...counts);
}

test("a transaction whose look was taken with the one before is one round trip", async () => {
  const way = await countingWay();
  const store = await storeOf(way.url);
  expect(await leastSent(way, () => store.transact(COUNTER, add))).toBe(5);
  await store.close();
  way.close();
});

test("what speaks again and again sends each message in one round trip", async () => {
  const way = await countingWay();
  const store = await storeOf(way.url);
  const bus = busOver(store, { redactor: createRedactor([]) });
  const say = () =>
    bus.send({ id: newMessageId("User"), sender: "User", to: [], content: ours("go on") }, { signal });
  expect(await leastSent(way, say)).toBe(5);
  await bus.close();
  way.close();
});

test("what others have changed since is seen, however early the look was taken", async () => {
  const [mine, other] = [await storeOf(), await storeOf()];
  for (let time = 0; time < 10; time++) {
    const before = await mine.transact(COUNTER, add);
    expect(await other.transact(COUNTER, add)).toBe(before + 1);
    expect(await mine.transact(COUNTER, add)).toBe(before + 2);
  }
  await Promise.all([mine.close(), other.close()]);
});

test("a record that has expired since the look is seen to be gone", async () => {
  const store = await storeOf();
  const lease: Look = { watch: ["lease:x"], reads: [["GET", "lease:x"]], stands: true };
  await store.command(["SET", "lease:x", "me", "PX", 40]);
  await store.lookAhead(lease, []);
  while ((await store.command(["PTTL", "lease:x"])) !== -2);
  const held = await store.transact<boolean>(lease, ([holder]) =>
    holder === "me" ? { result: true, write: [["SET", "written", "by a passed holder"]] } : { result: false },
  );
  expect(held).toBe(false);
  expect(await store.command(["EXISTS", "written"])).toBe(0);
  await store.close();
});

test("what would be refused by an early look is decided by a fresh one", async () => {
  const [mine, other] = [await storeOf(), await storeOf()];
  const flag: Look = { watch: ["flag"], reads: [["GET", "flag"]], stands: true };
  await mine.lookAhead(flag, []);
  await other.command(["SET", "flag", "up"]);
  const decide: Decide<string> = ([value]) => {
    if (value !== "up") throw new Error("refused");
    return { result: "done", write: [["SET", "flag", "down"]] };
  };
  expect(await mine.transact(flag, decide)).toBe("done");
  await Promise.all([mine.close(), other.close()]);
});

test("no look outlives its WATCH: another transaction, one that writes nothing, a new connection", async () => {
  const way = await countingWay();
  const [mine, other] = [await storeOf(way.url), await storeOf()];
  const elsewhere: Look = { watch: ["elsewhere"], reads: [] };
  const ends = [
    () => mine.transact(elsewhere, () => ({ result: true, write: [["SET", "elsewhere", 1]] })),
    () => mine.transact(elsewhere, () => ({ result: false })),
    () => mine.transact(COUNTER, () => ({ result: false })),
    async () => {
      way.cut();
      await new Promise<void>((resolve) => mine.onConnection((state) => state === "up" && resolve()));
    },
  ];
  for (const end of ends) {
    const before = await mine.transact(COUNTER, add);
    await end();
    await other.transact(COUNTER, add);
    expect(await mine.transact(COUNTER, add)).toBe(before + 2);
  }
  await Promise.all([mine.close(), other.close()]);
  way.close();
});

test.each(["looked ahead", "just asked for"] as const)(
  "what changed under an earlier look costs a transaction that was %s nothing",
  async (how) => {
    const [mine, other] = [await storeOf(), await storeOf()];
    const elsewhere: Look = { watch: ["elsewhere"], reads: [["GET", "elsewhere"]], stands: true };
    await mine.transact(COUNTER, add);
    await other.transact(COUNTER, add);
    if (how === "looked ahead") await mine.lookAhead(elsewhere, []);
    let decided = 0;
    await mine.transact(elsewhere, () => {
      decided++;
      return { result: true, write: [["SET", "elsewhere", decided]] };
    });
    expect(decided).toBe(1);
    await Promise.all([mine.close(), other.close()]);
  },
);
