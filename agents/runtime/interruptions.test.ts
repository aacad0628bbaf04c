import { afterEach, beforeEach, expect, test } from "vitest";
import { parseJson } from "../protocol/message.ts";
import type { MemoryBus } from "../testing/memory-bus.ts";
import { act, afterwards, hasTool, signal, TestTeam, toolDoing } from "../testing/test-team.ts";
import { type Life, lastOf } from "./interruptions.ts";

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(() => team.stop());

/** The journal of DevOps_Builder's turn about the message. */
function journalOf({ id }: { id: string }): Map<string, string> {
  return (team.bus as MemoryBus).turns.get(`DevOps_Builder:${id}`)?.entries ?? new Map();
}

const answer = (request: Parameters<typeof hasTool>[0]) => (hasTool(request) ? { text: "done" } : act(1));

test("each run of a turn leaves who it was, what it knew and where it went on", async () => {
  const begun = Promise.withResolvers<void>();
  const never = toolDoing((_, { call }) => {
    begun.resolve();
    return afterwards(
      new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason))),
    );
  });
  const role = "DevOps_Builder";
  const first = await team.start({ role, tools: [never], answer });
  const message = await team.say("User", [role], "work");
  await begun.promise;
  const later = await team.say("User", [], "meanwhile");
  await first.stop();
  const second = await team.start({ role, tools: [toolDoing(async () => ({}))], answer });
  await second.next((event) => event.kind === "turn_ended");
  const lives = parseJson(journalOf(message).get("lives") ?? "") as Life[];
  expect(lives).toMatchObject([
    { knows: message.id, from: "" },
    { knows: later.id, from: "outcome:1.1" },
  ]);
  expect(lives[0]?.agent).not.toBe(lives[1]?.agent);
});

test("what a call was when STOP cut it off is in the journal", async () => {
  const begun = Promise.withResolvers<void>();
  const tool = toolDoing((_, { call }) => {
    begun.resolve();
    return afterwards(
      new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason))),
    );
  });
  const builder = await team.start({ role: "DevOps_Builder", tools: [tool], answer });
  const message = await team.say("User", ["DevOps_Builder"], "work");
  await begun.promise;
  const ended = builder.next((event) => event.kind === "turn_ended");
  await team.bus.command("STOP", { signal });
  await ended;
  const journal = journalOf(message);
  expect(journal.get("status")).toBe("cancelled");
  expect(parseJson(journal.get("outcome:1.1") ?? "")).toMatchObject({ kind: "cancelled" });
});

test("entries have one order: what was heard, the reply, each call", () => {
  expect(lastOf(["outcome:2.1", "reply:10", "intent:10.2", "spent", "lives"])).toBe("intent:10.2");
  expect(lastOf(["heard:2", "outcome:1.3"])).toBe("heard:2");
  expect(lastOf(["runs", "reply"])).toBe("");
});
