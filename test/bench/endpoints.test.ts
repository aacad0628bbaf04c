import { describe, expect, test } from "vitest";
import type { Report } from "../rig/report.ts";
import { type EndpointCase, endpointCase, loadCases } from "./endpoints/case.ts";
import { judgeCase } from "./endpoints/judges.ts";
import type { Turn } from "./endpoints/one-role.ts";
import { type Evidence, play } from "./endpoints/play.ts";
import { judgeRehearsal } from "./endpoints/rehearse-profile.ts";
import { type Asked, PLAIN } from "./endpoints/replay-server.ts";
import { count } from "./endpoints.ts";

const signal = new AbortController().signal;
const SAID: Turn = { status: "completed", said: PLAIN, notices: [], thoughts: [], waits: [], ran: [] };
const LOOK = { tool: "read_file", args: { path: "/app/infra" } };

function caseWith(judge: unknown, more: object = {}): EndpointCase {
  const plain = { id: "T1", title: "t", kind: "errors", responses: [], expect: "", ...more };
  return endpointCase.parse({ ...plain, judge });
}

/** A request with what the model is told in it; `refused` when the server did not take it. */
function asked(said: string, refused?: string, atMs = 0): Asked {
  return { path: "", body: { messages: [{ role: "user", content: said }], tools: [] }, atMs, refused };
}

function grade(judge: unknown, first: Partial<Turn>, requests: Asked[] = [asked("task")]): string {
  const evidence: Evidence = {
    ...{ first: { ...SAID, ...first }, next: SAID, asked: requests, askedNext: [] },
  };
  return judgeCase(caseWith(judge), evidence).grade;
}

describe("the cases", () => {
  test("are there, each once, and each says where it was reported or was given", () => {
    const cases = loadCases();
    const given = cases.filter(({ id }) => id.startsWith("E"));
    expect(given).toHaveLength(62);
    expect(cases.length - given.length).toBeGreaterThanOrEqual(60);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(cases.filter(({ id, source }) => !id.startsWith("E") && !source).map(({ id }) => id)).toEqual([]);
  });

  test("are played over HTTP to a whole role: a call runs, and its result is in the next request", async () => {
    const given = loadCases().find(({ id }) => id === "E04") as EndpointCase;
    const evidence = await play(given, signal);
    expect(evidence.first).toMatchObject({ status: "completed", said: PLAIN, ran: [LOOK] });
    expect(evidence.asked[1]?.body.messages.at(-1)).toMatchObject({ role: "tool" });
    expect(judgeCase(given, evidence).grade).toBe("right");
  });

  test("a role whose process ends within a turn goes on with the same calls", async () => {
    const given = loadCases().find(({ id }) => id === "E04") as EndpointCase;
    const { first, asked: requests } = await play({ ...given, resumed: true }, signal);
    expect(first).toMatchObject({ status: "completed", said: PLAIN });
    expect(requests).toHaveLength(3); // two of the first life, one of the second
    expect(requests[2]?.body.messages).toEqual(requests[1]?.body.messages);
  });
});

describe("the judges", () => {
  test("a call that should run and did, or did not, or ran besides", () => {
    const judge = { is: "calls", calls: [LOOK] };
    const again = [asked("task"), asked("task\nYour reply was odd")];
    expect(grade(judge, { ran: [LOOK] })).toBe("right");
    expect(grade(judge, { ran: [] }, again)).toBe("acceptable");
    expect(grade({ ...judge, orTold: "was odd" }, {}, again)).toBe("right");
    expect(grade(judge, { ran: [LOOK, LOOK] })).toBe("wrong");
    expect(grade(judge, { ran: [{ ...LOOK, args: { path: "/app" } }] })).toBe("wrong");
    expect(grade(judge, { said: '{"name":"read_file"}' })).toBe("wrong");
  });

  test("what was cut and is run or sent as it is", () => {
    const judge = { is: "told", told: "cut off" };
    expect(grade(judge, {}, [asked("task"), asked("task\nyou were cut off")])).toBe("right");
    expect(grade(judge, {}, [asked("task"), asked("task\nagain")])).toBe("acceptable");
    expect(grade(judge, { ran: [LOOK] })).toBe("wrong");
    expect(grade(judge, {})).toBe("wrong");
    expect(grade({ ...judge, orMarked: true }, { said: "half a [cut off]" })).toBe("right");
    expect(grade({ ...judge, orMarked: true }, { said: "half a" })).toBe("wrong");
  });

  test("a thought that is said, shown or lost", () => {
    const judge = { is: "reply", text: "Two.", thought: "count" };
    expect(grade(judge, { said: "Two.", thoughts: ["I count them"] })).toBe("right");
    expect(grade(judge, { said: "Two." })).toBe("acceptable");
    expect(grade(judge, { said: "I count them. Two." })).toBe("wrong");
    expect(grade(judge, {})).toBe("wrong");
    expect(grade(judge, {}, [asked("task"), asked("task")])).toBe("acceptable");
  });

  test("what is tried again too early, in silence, or not at all", () => {
    const judge = { is: "tried-again", waitsMs: [50], words: "slow down" };
    const late = [asked("task"), asked("task", undefined, 60)];
    expect(grade(judge, { waits: ["slow down"] }, late)).toBe("right");
    expect(grade(judge, {}, late)).toBe("acceptable");
    expect(grade(judge, {}, [asked("task"), asked("task", undefined, 20)])).toBe("wrong");
    expect(grade(judge, { status: "failed", said: undefined }, late)).toBe("wrong");
  });

  test("what is given up late, without the server's words, or counted as done", () => {
    const judge = { is: "given-up", must: "no quota", hint: "LLM_" };
    const failed: Partial<Turn> = { status: "failed", said: undefined, notices: ["no quota; see LLM_MODEL"] };
    const requests = (length: number) => Array.from({ length }, () => asked("task"));
    expect(grade(judge, failed)).toBe("right");
    expect(grade(judge, failed, requests(2))).toBe("acceptable");
    expect(grade(judge, failed, requests(3))).toBe("wrong");
    expect(grade(judge, { ...failed, notices: ["no quota"] })).toBe("acceptable");
    expect(grade(judge, { ...failed, notices: ["failed"] })).toBe("wrong");
    expect(grade({ ...judge, least: 2 }, failed)).toBe("wrong");
    expect(grade(judge, { waits: ["no quota"] })).toBe("wrong");
  });

  test("a request that is refused never, once, for ever", () => {
    const judge = { is: "taken", orWords: "LLM_API" };
    const failed: Partial<Turn> = { status: "failed", said: undefined, notices: ["set LLM_API"] };
    expect(grade(judge, {})).toBe("right");
    expect(grade(judge, {}, [asked("task", "x"), asked("task")])).toBe("right");
    expect(grade(judge, {}, [asked("task", "x"), asked("task", "x"), asked("task")])).toBe("wrong");
    expect(grade(judge, {}, [asked("task", "x"), asked("task", "y"), asked("task")])).toBe("right");
    expect(grade(judge, failed, [asked("task", "x")])).toBe("acceptable");
    expect(grade({ is: "taken" }, failed, [asked("task", "x")])).toBe("wrong");
    expect(grade({ ...judge, calls: [LOOK] }, {})).toBe("wrong");
  });

  test("a cut prompt that nobody hears of", () => {
    const judge = { is: "noticed", words: "num_ctx" };
    expect(grade(judge, { status: "failed", said: undefined, notices: ["raise num_ctx"] })).toBe("right");
    expect(grade(judge, { notices: ["raise num_ctx"] })).toBe("acceptable");
    expect(grade(judge, {})).toBe("wrong");
  });

  test.each([
    [{ status: "no end" }],
    [{ notices: ["x".repeat(601)] }],
    [{ notices: ["<!doctype html>"] }],
    [{ said: "</think>" }],
    [{ said: "<|channel|>" }],
    [{ notices: ["see https://docs.langchain.com/errors"] }],
  ] as [Partial<Turn>][])("in no case may this be seen: %j", (first) => {
    expect(grade({ is: "reply", text: first.said ?? PLAIN }, first)).toBe(
      first.said?.startsWith("<") ? "right" : "wrong", // a report about markup was asked for
    );
    expect(grade({ is: "taken" }, first)).toBe("wrong");
  });

  test("one wrong, or less than nine of ten right, is not ok", () => {
    const of = (right: number, acceptable: number, wrong: number) =>
      count([
        ...Array.from({ length: right }, () => ({ grade: "right" as const })),
        ...Array.from({ length: acceptable }, () => ({ grade: "acceptable" as const })),
        ...Array.from({ length: wrong }, () => ({ grade: "wrong" as const })),
      ]);
    expect(of(9, 1, 0)).toMatchObject({
      ok: true,
      figures: { cases: 10, right: 9, acceptable: 1, wrong: 0 },
    });
    expect(of(8, 2, 0).ok).toBe(false);
    expect(of(99, 0, 1).ok).toBe(false);
  });
});

test("a rehearsal that fails, that has no report, or that is refused the same again and again is not ok", () => {
  const report = { failures: [], refusedRequests: [], modelCalls: 40 } as unknown as Report;
  const rules = (count: number) => Array.from({ length: count }, () => "id-matches");
  expect(judgeRehearsal("mistral", report)).toMatchObject({
    ok: true,
    figures: { model_calls: 40, refused: 0 },
  });
  expect(judgeRehearsal("mistral", { ...report, refusedRequests: rules(4) }).ok).toBe(true);
  expect(judgeRehearsal("mistral", { ...report, refusedRequests: rules(5) }).ok).toBe(false);
  expect(judgeRehearsal("mistral", { ...report, failures: ["guest 9101 does not exist"] }).ok).toBe(false);
  expect(judgeRehearsal("mistral", undefined).ok).toBe(false);
});
