import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { dress } from "./habits.ts";
import { loadProfile, PROFILE_NAMES, type Profile, refuse } from "./profile.ts";
import { wireRequest } from "./rules/wire-request.ts";
import { parseScenario } from "./scenario.ts";
import { type Model, startModel } from "./server.ts";

const SCENARIO = `
name: small
request: look
rules:
  - { role: DevOps_Builder, when: { step: 1 }, think: hm, call: [{ tool: read_file, arguments: { path: /app/infra } }] }
  - { role: DevOps_Builder, say: "Two files." }
`;

type Recorded = { LLM_MODEL: string; when: string; request: Record<string, unknown> };

/** What the client of commit 60652a0 sent: first, after a call, after an empty reply; by a name of OpenAI's, and by another. */
const RECORDED = readFileSync(join(import.meta.dirname, "testing/old-client-requests.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

function requestsFor(model: string): Recorded["request"][] {
  const likeOpenAi = model.startsWith("gpt-5") ? "gpt-5-mini" : "some-model";
  return RECORDED.filter(({ LLM_MODEL }) => LLM_MODEL === likeOpenAi).map(({ request }) => ({
    ...request,
    model,
  }));
}

let model: Model | undefined;
afterEach(() => model?.close());

async function post(profile: Profile, request: unknown): Promise<Response> {
  model = await startModel({ scenario: parseScenario(SCENARIO, "test"), profile });
  const headers = { "content-type": "application/json" };
  return await fetch(`${model.url}/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify(request),
  });
}

const bare = (messages: object[], more: object = {}) => ({
  ...{ model: "m", messages: [{ role: "system", content: "You are DevOps_Builder." }, ...messages] },
  ...more,
});

const CASES = PROFILE_NAMES.flatMap((name) =>
  Object.entries(loadProfile(name).refusesOldClient).map(([used, rules]) => ({ name, used, rules })),
);

describe("profiles", () => {
  test("there are ten, each rule and habit with where it was reported", () => {
    expect(PROFILE_NAMES).toHaveLength(10);
    for (const { rules, habits } of PROFILE_NAMES.map(loadProfile)) {
      expect(rules.length).toBeGreaterThan(2);
      for (const { source } of [...rules, ...habits]) expect(source).toMatch(/^https:\/\/[^/]+\/.+/);
    }
    expect(() => loadProfile("nobody")).toThrow('no profile "nobody"');
  });

  test.each(CASES)("$name breaks with the client of 60652a0 as $used by $rules", ({ name, used, rules }) => {
    const profile = loadProfile(name);
    const broken = profile.rules
      .filter((rule) =>
        requestsFor(used).some((request) =>
          refuse({ ...profile, rules: [rule] }, wireRequest.parse(request)),
        ),
      )
      .map(({ rule }) => rule);
    expect([...new Set(broken)].sort()).toEqual([...rules].sort());
  });

  test.each(CASES.filter(({ rules }) => rules.length > 0))(
    "$name refuses a recorded request as $used over HTTP, in words that name what",
    async ({ name, used }) => {
      const profile = loadProfile(name);
      const request = requestsFor(used).find((one) => refuse(profile, wireRequest.parse(one)));
      const response = await post(profile, request);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(model?.refused).toHaveLength(1);
      const text = await response.text();
      expect(text).not.toMatch(/\{(?:what|param)\}/);
      expect(text.length).toBeGreaterThan(20);
      expect(model?.requests().total).toBe(0);
    },
  );

  test("what breaks no rule is answered, in the server's own form", async () => {
    const response = await post(loadProfile("mistral"), bare([{ role: "user", content: "look" }]));
    const body = (await response.json()) as { choices: { message: { tool_calls: { id: string }[] } }[] };
    expect(body.choices[0]?.message.tool_calls[0]?.id).toMatch(/^[a-z0-9]{9}$/);
    expect(model?.refused).toEqual([]);
  });
});

describe("habits", () => {
  const said = (more: object) =>
    JSON.stringify({
      choices: [{ message: { role: "assistant", content: null, ...more }, finish_reason: "tool_calls" }],
      usage: { prompt_tokens: 5_000 },
    });
  const called = said({
    tool_calls: [{ id: "call_1", type: "function", function: { name: "act", arguments: '{"n":1}' } }],
  });
  const dressed = (habit: Profile["habits"][number]["habit"], given?: unknown) =>
    JSON.parse(dress([{ habit, with: given }], called));

  test("calls as text, signatures, thoughts, ids, ends", () => {
    expect(dressed("calls-as-text").choices[0]).toEqual({
      message: { role: "assistant", content: '```json\n{"name":"act","arguments":{"n":1}}\n```' },
      finish_reason: "stop",
    });
    const signed = dressed("signature").choices[0].message.tool_calls[0];
    expect(signed.extra_content.google.thought_signature).toBeTruthy();
    expect(dressed("reasoning", { field: "reasoning" }).choices[0].message.reasoning).toBeTruthy();
    expect(dressed("call-ids", { form: "" }).choices[0].message.tool_calls[0].id).toBe("");
    expect(dressed("finish-stop").choices[0].finish_reason).toBe("stop");
    expect(dressed("content-empty").choices[0].message.content).toBe("");
  });

  test("a prompt above the limit loses its half, and one below it nothing", () => {
    const cut = dressed("cuts-prompt", { tokens: 4096 });
    expect(cut.usage.prompt_tokens).toBe(2050);
    expect(cut.choices[0].message.content).toContain("How can I help you");
    expect(dressed("cuts-prompt", { tokens: 5000 })).toEqual(JSON.parse(called));
  });
});
