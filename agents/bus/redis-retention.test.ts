import { expect, test } from "vitest";
import { createRedactor } from "../redact/redact.ts";
import { untilUp } from "../runtime/until-up.ts";
import { draft, receiveCount } from "../testing/bus-contract.ts";
import { startRedisServer } from "../testing/redis-server.ts";
import { connectRedisBus } from "./redis-bus.ts";
import { RedisStore } from "./redis-store.ts";

const signal = AbortSignal.timeout(60_000);
const KEEP_MS = 150;

test("transcripts, journals and ledgers are let go after their time, what waits for a role never (R53)", async () => {
  const redis = await startRedisServer();
  const options = { redactor: createRedactor([]), keepMs: KEEP_MS };
  const operator = connectRedisBus({ url: redis.urlOf("console"), name: "operator", ...options });
  const about = { name: "builder", speaker: "DevOps_Builder" } as const;
  const builder = connectRedisBus({ url: redis.urlOf("DevOps_Builder"), ...about, ...options });
  const store = new RedisStore(redis.urlOf("tester"), "tester");
  await store.connected(signal);
  const say = (text: string, to: "DevOps_Builder" | "QA_Tester") =>
    untilUp(() => operator.send(draft("User", [to], text), { signal }), signal);
  const first = await say("work", "DevOps_Builder");
  await say("wait", "QA_Tester");
  const mailbox = builder.mailbox("DevOps_Builder", "a");
  const [delivery] = await untilUp(() => receiveCount(mailbox, 1), signal);
  await mailbox
    .journal(delivery?.message ?? first)
    .finish("completed", undefined, { signal, entries: { spent: "[]" } });
  const journal = `turn:DevOps_Builder:${first.id}`;
  expect(await store.command(["PTTL", journal])).toBeLessThanOrEqual(KEEP_MS);
  const ledger = `ledger:DevOps_Builder:${first.session}`;
  expect(await store.command(["PTTL", ledger])).toBeLessThanOrEqual(KEEP_MS);
  expect(await store.command(["PTTL", ledger])).not.toBe(-1);
  while ((await store.command(["EXISTS", journal, ledger])) !== 0);
  const last = await say("later", "QA_Tester");
  const kept = JSON.stringify(await store.command(["XRANGE", "transcript:User", "-", "+"]));
  expect(kept).toContain(last.id);
  expect(kept).not.toContain(first.id);
  expect(await store.command(["XLEN", "inbox:QA_Tester:User"])).toBe(2);
  await Promise.all([operator.close(), builder.close(), store.close()]);
  await redis.close();
});
