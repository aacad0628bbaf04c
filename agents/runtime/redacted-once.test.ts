import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MessageReader } from "../bus/message-reader.ts";
import { encodeMessage, newMessageId } from "../protocol/message.ts";
import { createLogger } from "../redact/log.ts";
import { createRedactor, type Redactor } from "../redact/redact.ts";
import { ours } from "../redact/redacted.ts";
import { act, hasTool, lastOf, signal, TestTeam, toolDoing } from "../testing/test-team.ts";
import { createExecutionLog, executionLogFile } from "./execution-log.ts";
import { thinkAloud } from "./listeners.ts";

/** A redactor of the product, and how often it has looked at a text that holds a word. */
function counting(secrets: string[]): { redactor: Redactor; looksAt(word: string): number } {
  const whole = createRedactor(secrets);
  const seen: string[] = [];
  const find = (text: string) => {
    seen.push(text);
    return whole.find(text);
  };
  const redact = (text: string) => {
    seen.push(text);
    return whole(text);
  };
  const redactor = Object.defineProperty(Object.assign(redact, { find, learn: whole.learn }), "version", {
    get: () => whole.version,
  }) as Redactor;
  return { redactor, looksAt: (word) => seen.filter((text) => text.includes(word)).length };
}

test("what a tool, a model and a thought say is redacted once on all of its ways (F59, F69)", async () => {
  const directory = await mkdtemp(join(tmpdir(), "minilab-once-"));
  const { redactor, looksAt } = counting(["hunter2hunter2"]);
  const team = new TestTeam();
  const log = createExecutionLog(
    executionLogFile(directory, "QA_Tester"),
    createLogger({ name: "x", level: "silent", redactor }),
  );
  const heard: string[] = [];
  team.bus.watch((event) => heard.push(JSON.stringify(event)));
  const agent = await team.start({
    role: "QA_Tester",
    redactor,
    listeners: [log, thinkAloud(team.bus, "QA_Tester")],
    tools: [toolDoing(async () => ({ stdout: "RESULT hunter2hunter2" }))],
    answer: (request) => (hasTool(request) ? { text: "FINAL word" } : { ...act(1), text: "THOUGHT of it" }),
  });
  const reply = team.saidBy("QA_Tester");
  const message = await team.say("User", ["QA_Tester"], "TASK");
  await reply;
  const journal = await team.bus.mailbox("QA_Tester", "reader").journal(message).read({ signal });
  const written = await readFile(executionLogFile(directory, "QA_Tester"), "utf8");
  await team.stop();
  await rm(directory, { recursive: true });
  for (const place of [lastOf(agent.requests[1]), JSON.stringify([...journal]), written])
    expect(place).toContain("RESULT [redacted]");
  expect(heard.join()).toContain("THOUGHT of it");
  expect(heard.join()).toContain("FINAL word");
  for (const word of ["RESULT", "THOUGHT", "FINAL"]) expect([word, looksAt(word)]).toEqual([word, 1]);
});

test("a message is redacted once, in however many ways it comes, until a secret is learned", () => {
  const { redactor, looksAt } = counting(["hunter2hunter2"]);
  const reader = new MessageReader(redactor);
  const id = newMessageId("User");
  const about = { id, sender: "User", to: [], timestamp: "", session: "s-1", epoch: 1 } as const;
  const content = ours("WORD hunter2hunter2 late-secret-99");
  const json = encodeMessage({ kind: "message", ...about, to: [], content });
  for (let time = 0; time < 3; time++)
    expect(reader.read(json)?.content).toBe("WORD [redacted] late-secret-99");
  expect(looksAt("WORD")).toBe(1);
  redactor.learn(["late-secret-99"]);
  expect(reader.read(json)?.content).toBe("WORD [redacted] [redacted]");
  reader.read(json);
  expect(looksAt("WORD")).toBe(2);
});

test("what this process says itself is not read again", () => {
  const { redactor, looksAt } = counting([]);
  const reader = new MessageReader(redactor);
  const about = { id: newMessageId("User"), sender: "User", to: [], timestamp: "" } as const;
  const message = {
    kind: "message",
    ...about,
    to: [],
    content: ours("OWN"),
    session: "s",
    epoch: 1,
  } as const;
  reader.remember({ ...message, to: [] });
  expect(reader.read(encodeMessage({ ...message, to: [] }))?.content).toBe("OWN");
  expect(looksAt("OWN")).toBe(0);
});
