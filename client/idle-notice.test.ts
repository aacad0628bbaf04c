import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Message } from "../agents/protocol/message.ts";
import { ours } from "../agents/redact/redacted.ts";
import { IdleNotice } from "./idle-notice.ts";

let isIdle: boolean;
let told: string[];
let notice: IdleNotice;
let ending: AbortController;

beforeEach(() => {
  [isIdle, told, ending] = [true, [], new AbortController()];
  const { signal } = ending;
  notice = new IdleNotice({
    ...{ isIdle: () => isIdle, tell: (text) => told.push(text), signal, patienceMs: 20 },
  });
});
afterEach(() => ending.abort());

function say(id: string, changes: Partial<Message> = {}): void {
  notice.hear({
    ...{ kind: "message", id, sender: "Architect_Zero", to: [], content: ours("noted"), timestamp: "1" },
    ...{ session: "s", epoch: 1, ...changes },
  });
}

test("all are idle and nobody is awaited: it is said, once for each last word (R13)", async () => {
  say("1");
  await expect.poll(() => told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^Nobody is working, and nobody is awaited\. The last word was Architect_Zero's, for you\./,
  );
  for (let repeated = 0; repeated < 3; repeated++) notice.look(); // activities go on
  say("2", { to: ["QA_Tester"] });
  await expect.poll(() => told).toHaveLength(2);
  expect(told[1]).toContain("Architect_Zero's, for QA_Tester");
});

test("nothing is said while somebody works, or before anything was said at all (R13)", async () => {
  notice.look();
  isIdle = false;
  say("1");
  isIdle = true;
  notice.look();
  isIdle = false; // a turn has begun within the patience
  await sleep(60);
  expect(told).toEqual([]);
});

test("is said in time however many roles go on telling that they are idle (R13)", async () => {
  say("1");
  const telling = setInterval(() => notice.look(), 5); // four roles, each every few seconds and at its own time
  await expect.poll(() => told).toHaveLength(1);
  clearInterval(telling);
});

test("work in between begins the patience anew (R13)", async () => {
  say("1");
  isIdle = false;
  notice.look();
  expect(told).toEqual([]);
  isIdle = true;
  notice.look();
  await expect.poll(() => told).toHaveLength(1);
});
