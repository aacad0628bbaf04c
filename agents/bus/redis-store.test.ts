import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import { RedisStore } from "./redis-store.ts";

let server: RedisServer;
let network: Server;
const links = new Set<{ near: Socket; far: Socket }>();
beforeAll(async () => {
  server = await startRedisServer();
  network = createServer((near) => {
    const far = connect(server.port, "127.0.0.1");
    links.add({ near, far });
    for (const socket of [near, far]) socket.on("error", () => {}); // the other end went away
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(network, "listening");
});
afterAll(async () => {
  for (const { near, far } of links) for (const socket of [near, far]) socket.destroy();
  network.close();
  await server.close();
});

const url = () => `redis://tester:tester@127.0.0.1:${(network.address() as AddressInfo).port}`;

/** As when a router in between has forgotten them: nothing arrives any more, and nobody is told. */
function silence(): void {
  for (const { near, far } of links) {
    near.unpipe(far).resume();
    far.unpipe(near).resume();
  }
}

test("a connection that falls silent is given up, and the next command goes over a new one", async () => {
  const store = new RedisStore(url(), "test");
  const up = () => new Promise((resolve) => store.onConnection((state) => state === "up" && resolve(state)));
  await up();
  silence();
  const again = up();
  await expect(store.command(["PING"])).rejects.toMatchObject({ code: "unavailable" });
  await again;
  expect(await store.command(["PING"])).toBe("PONG");
  await store.close();
});

test("a Redis that is full for now is away for now; one that refuses us is a setting to mend", async () => {
  const store = new RedisStore(server.url, "test");
  await new Promise((resolve) => store.onConnection(resolve));
  await store.command(["CONFIG", "SET", "maxmemory", 1]);
  const write = () =>
    store.transact({ watch: ["key"], reads: [] }, () => ({
      result: "done",
      write: [["SET", "key", "value"]],
    }));
  await expect(write()).rejects.toMatchObject({ code: "unavailable" });
  await store.command(["CONFIG", "SET", "maxmemory", 0]);
  expect(await write()).toBe("done");
  await expect(store.command(["LPUSH", "key", "value"])).rejects.toMatchObject({ code: "bad_config" });
  await store.close();
});

test("who only listens notices a silent connection too, and hears what is said afterwards", async () => {
  const [listener, speaker] = [new RedisStore(url(), "listener"), new RedisStore(server.url, "speaker")];
  const heard: string[] = [];
  listener.onMessage(["channel"], (_, payload) => heard.push(payload));
  const sayUntilHeard = async (word: string) => {
    while (!heard.includes(word)) await speaker.command(["PUBLISH", "channel", word]);
  };
  await new Promise((resolve) => speaker.onConnection(resolve));
  await sayUntilHeard("before");
  const again = new Promise<void>((resolve) => listener.onSubscribed(resolve));
  silence();
  await again;
  await sayUntilHeard("after");
  await Promise.all([listener.close(), speaker.close()]);
});

test("a Redis that lost something when it loaded its file is not used until it is mended", async () => {
  const redis = await startRedisServer("user default off resetpass -@all\n");
  const store = new RedisStore(redis.url, "store");
  const signal = AbortSignal.timeout(10_000);
  await store.connected(signal);
  await store.transact({ watch: ["a"], reads: [] }, () => ({
    result: true,
    write: [
      ["SET", "a", 1],
      ["SET", "b", 1],
    ],
  }));
  const told = new Promise<string>((resolve) =>
    store.onConnection((_, reason) => reason.includes("could not load") && resolve(reason)),
  );
  await redis.kill();
  await redis.start();
  expect(await told).toMatch(/\d commands were refused/);
  await expect(store.connected(signal)).rejects.toMatchObject({ code: "bad_config" });
  await expect(store.command(["SET", "a", 2])).rejects.toMatchObject({ code: "unavailable" });
  await store.close();
  await redis.close();
});

test("what is asked in one go reaches Redis in one packet, and each gets its own answer", async () => {
  const store = new RedisStore(url(), "test");
  await store.connected(AbortSignal.timeout(10_000));
  const packets: string[] = [];
  for (const { near } of links) near.on("data", (data) => packets.push(String(data)));
  const [one, [two], three] = await Promise.all([
    store.command(["ECHO", "one"]),
    store.pipeline([["ECHO", "two"]]),
    store.lookAhead({ watch: ["k"], reads: [] }, [["ECHO", "three"]]),
  ]);
  expect([one, two, three]).toEqual(["one", "two", ["three"]]);
  expect(packets.filter((packet) => packet.includes("ECHO"))).toHaveLength(1);
  await store.close();
});
