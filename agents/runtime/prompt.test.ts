import { expect, test } from "vitest";
import type { Message } from "../protocol/message.ts";
import { ours, redacted } from "../redact/redacted.ts";
import { conversation, meanwhile } from "./prompt.ts";

function said(sender: Message["sender"], content: string, at: string, to: Message["to"] = []): Message {
  return {
    id: content,
    sender,
    to,
    content: ours(content),
    timestamp: `2026-03-01T${at}Z`,
    session: "s",
  } as Message;
}

function linesOf(...messages: Message[]): unknown[] {
  const task = messages.at(-1) as Message;
  return conversation("QA_Tester", redacted`x`, { window: messages.slice(0, -1), tasks: [task] })
    .slice(1)
    .map((one) => (one.role === "user" ? JSON.parse(one.content) : one.role));
}

test("whom a message is for is told where its text does not say it", () => {
  const lines = linesOf(
    said("User", "Set up a guest.", "10:00:01.000", ["Architect_Zero"]),
    said("User", "Is it there?", "10:00:02.000", ["QA_Tester"]),
    said("Architect_Zero", "@DevOps_Builder: build it", "10:00:03.000", ["DevOps_Builder"]),
    said("DevOps_Builder", "@Architect_Zero: done", "10:00:04.000", ["QA_Tester"]),
    said("Architect_Zero", "@QA_Tester: look", "10:00:05.000", ["QA_Tester"]),
  );
  expect(lines).toMatchObject([
    { from: "User", text: "Set up a guest." },
    { from: "User", to: ["QA_Tester"] },
    { from: "Architect_Zero" },
    { from: "DevOps_Builder", to: ["QA_Tester"] },
    { from: "Architect_Zero" },
  ]);
  const told = lines.map((one) => "to" in (one as object));
  expect(told).toEqual([false, true, false, true, true]); // of the task always
});

test("the time is told once a minute, and of what is said in mid-turn always", () => {
  const lines = linesOf(
    said("User", "a", "10:00:01.000"),
    said("User", "b", "10:00:59.000"),
    said("QA_Tester", "c", "10:01:01.000"),
    said("User", "d", "10:01:02.000"),
    said("User", "e", "11:01:02.000"),
  );
  const times = lines.map((one) => (one as { time?: string }).time);
  expect(times).toEqual(["2026-03-01T10:00", undefined, undefined, "2026-03-01T10:01", "2026-03-01T11:01"]);
  const note = meanwhile(said("User", "f", "11:01:03.000", ["QA_Tester"]), false);
  expect(note.role === "user" && JSON.parse(note.content)).toMatchObject({ time: "2026-03-01T11:01" });
});
