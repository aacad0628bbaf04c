import { afterAll, beforeAll, expect, test } from "vitest";
import { type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import { Lease } from "./redis-lease.ts";
import { RedisStore } from "./redis-store.ts";
import { type Moment, now } from "./sleepless-clock.ts";

const signal = AbortSignal.timeout(30_000);
let redis: RedisServer;
let store: RedisStore;
beforeAll(async () => {
  redis = await startRedisServer();
  store = new RedisStore(redis.urlOf("QA_Tester"), "tester");
  await store.connected(signal);
});
afterAll(async () => {
  await store.close();
  await redis.close();
});

test("who wakes up with its machine after longer than the lease may do nothing, though its own clock stood still", async () => {
  let asleep: Partial<Moment> = {};
  const clock = () => {
    const moment = now();
    return {
      ...moment,
      wallMs: moment.wallMs + (asleep.wallMs ?? 0),
      bootMs: (moment.bootMs ?? 0) + (asleep.bootMs ?? 0),
    };
  };
  const lease = new Lease({ store, role: "QA_Tester", consumer: "a", leaseMs: 60_000, clock });
  expect(() => lease.assertHeld()).toThrow(/taken over/);
  expect(await lease.take()).toBe(true);
  lease.assertHeld();
  for (const sleep of [{ wallMs: 61_000 }, { bootMs: 61_000 }, { bootMs: 61_000, wallMs: -61_000 }]) {
    asleep = sleep;
    expect(() => lease.assertHeld()).toThrow(expect.objectContaining({ code: "stale" }));
  }
  asleep = { wallMs: -61_000 };
  lease.assertHeld(); // a clock that was set back is no sleep
  await lease.release();
});
