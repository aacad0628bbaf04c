import { expect, test } from "vitest";
import { decideSend } from "../../agents/bus/decisions.ts";
import { MessageReader } from "../../agents/bus/message-reader.ts";
import { sayCommands } from "../../agents/bus/redis-schema.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { type Act, KINDS } from "./aof-cut/kinds.ts";
import { cut, judge } from "./aof-cut.ts";

const signal = new AbortController().signal;

test.each(Object.entries(KINDS))("a power cut within %s leaves all of it or nothing", async (_, act) => {
  const { points, problems } = await cut(act, { every: 150, signal });
  expect(problems).toEqual([]);
  expect(points).toBeGreaterThan(1);
});

test("the same commands one by one leave halves behind that contradict each other", async () => {
  const oneByOne: Act = async ({ redis }) => {
    const draft = { id: newMessageId("User"), sender: "User" as const, to: [], content: ours("in pieces") };
    const { session, epoch, format } = await redis.hgetall("control");
    const { write = [] } = decideSend(
      draft,
      { control: [session, epoch, "running", format], sent: null },
      {
        say: (message) => sayCommands(message, undefined),
        mission: () => [],
        reader: new MessageReader(createRedactor([])),
      },
    );
    for (const [name, ...args] of write) await redis.call(name, ...args);
  };
  const { problems } = await cut(oneByOne, { every: 60, signal });
  expect(problems).toContainEqual(expect.stringContaining("half of it is there"));
  expect(problems).toContainEqual(expect.stringContaining("but would be said again"));
});

test("one violation is a failure, and so is an empty list of points", () => {
  expect(judge({ send: { points: 9, problems: [] } }).ok).toBe(true);
  expect(judge({ send: { points: 9, problems: ["half"] } }).ok).toBe(false);
  expect(judge({ send: { points: 0, problems: [] } }).ok).toBe(false);
});
