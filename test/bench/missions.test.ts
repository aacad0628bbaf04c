import { describe, expect, test } from "vitest";
import { type Evidence, judgeMission, type TurnSeen } from "./missions/judge.ts";
import { holdsMarkup } from "./missions/markup.ts";
import { count, modelSettings } from "./missions.ts";

describe("what is judged", () => {
  const turn: TurnSeen = {
    ...{ role: "QA_Tester", from: "User", status: "completed", cause: "", modelCalls: 2 },
    calls: ["ok", "refused"],
  };
  const said = {
    sender: "QA_Tester",
    to: [],
    content: "It runs.",
  } as unknown as Evidence["messages"][number];
  const seen: Evidence = {
    ...{ seconds: 10, atLimit: false, wasAtWork: false, isStopped: false, crashes: [] },
    ...{
      messages: [said],
      turns: [turn],
      screen: "12:00:00 console: Nobody is working, and nobody is awaited.",
    },
  };
  const judge = (more: Partial<Evidence>) => judgeMission({ ...seen, ...more });
  const isOk = (more: Partial<Evidence>) =>
    count([
      ["a", judgeMission(seen)],
      ["b", judge(more)],
    ]).ok;

  test("each of the four faults, once, is not ok; no mission at all is not either", () => {
    expect(isOk({})).toBe(true);
    expect(isOk({ crashes: ["[minilab] QA_Tester ended (exit code 1); again in 0.2 s"] })).toBe(false);
    expect(isOk({ turns: [{ ...turn, status: undefined }] })).toBe(false);
    expect(
      isOk({ screen: "12:00:00 QA_Tester: console: Nobody is working\n  console: Nobody is working" }),
    ).toBe(false);
    expect(isOk({ messages: [{ ...said, content: "<think>" as typeof said.content }] })).toBe(false);
    expect(count([]).ok).toBe(false);
  });

  test("who is at work, stopped or awaited is not idle unnoticed, and an idle team at the limit is", () => {
    const silent = { screen: "" };
    const awaiting = { ...said, sender: "Architect_Zero", signal: "awaiting" } as const;
    expect(judge({ ...silent, isStopped: true })).toMatchObject({
      idle_unnoticed: 0,
      ended: "stopped by the operator",
    });
    expect(judge({ ...silent, messages: [awaiting] })).toMatchObject({
      idle_unnoticed: 0,
      ended: "waits for the operator",
    });
    expect(judge({ ...silent, atLimit: true, wasAtWork: true }).idle_unnoticed).toBe(0);
    expect(judge({ ...silent, atLimit: true })).toMatchObject({
      idle_unnoticed: 1,
      ended: "stopped at the limit",
    });
  });

  test("how it ended says what stood in the way", () => {
    const circle = { ...said, fact: { kind: "talk" } } as const;
    expect(judge({ turns: [{ ...turn, status: "failed", cause: "HTTP 500" }] }).ended).toBe(
      "model error: HTTP 500",
    );
    expect(judge({ messages: [said, circle] }).ended).toBe("brake");
    expect(judge({ turns: [{ ...turn, status: "blocked" }] }).ended).toBe("blocked");
    expect(judge({ messages: [{ ...said, to: ["Architect_Zero"] }] }).ended).toBe("idle");
    expect(judge({})).toMatchObject({ ended: "answered", calls: 2, refused: 1, model_calls: 2 });
  });

  test.each([
    "<think>hm</think> Done.",
    'I do it.\n```json\n{"name": "run_ssh", "arguments": {"host": "pve1"}}\n```',
    '{"tool": "read_file", "args": {}}',
    '[{"name": "read_file", "parameters": {}}]',
    "[TOOL_CALLS] [{}]",
    "<|channel|>final<|message|>Done.",
    "<function=run_ssh>",
    "{\\u003ctool_response>\n[ok]\n\\u003c/tool_response>}",
    '```json\n{"to": ["Security_Sentinel"], "text": "Approved"}\n```',
    "```json\njson\n```",
  ])("no word: %s", (text) => expect(holdsMarkup(text)).toBe(true));

  test.each([
    "The guest web-05 has 512 MB <of 8 GB>.",
    '```json\n{"name": "web-05", "memory": 512}\n```',
    "name | arguments\n--- | ---\nqm list | none",
    "a || b, [DONE]",
  ])("a word: %s", (text) => expect(holdsMarkup(text)).toBe(false));
});

test("without a model nothing is started, and nothing but the model is taken over", () => {
  expect(() => modelSettings({ PROXMOX_NODES: "pve1=192.0.2.1" })).toThrow("no model is set");
  const env = { OPENAI_API_BASE: "http://127.0.0.1:9/v1", LLM_MODEL: "m", PROXMOX_NODES: "pve1=192.0.2.1" };
  expect(modelSettings(env)).toEqual({ OPENAI_API_BASE: "http://127.0.0.1:9/v1", LLM_MODEL: "m" });
});
