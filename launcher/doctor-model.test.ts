import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../agents/base/config.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { loadProfile, PROFILE_NAMES, type Profile } from "../lab/model/profile.ts";
import { parseScenario } from "../lab/model/scenario.ts";
import { type Model, startModel } from "../lab/model/server.ts";
import { describeCost, readListing } from "./model-check/price.ts";
import type { Verdict } from "./model-check/verdict.ts";
import { bareEnvironment, type Checkout, makeCheckout } from "./testing/checkout.ts";

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

let model: Model | undefined;
afterEach(() => model?.close());

/** What a good model answers to the questions of the check, as each role. */
function scenario({ calls = true, delayMs = 0, says = "I would read the file." } = {}) {
  const look = (path: string) => `{ tool: read_file, arguments: { path: ${path} } }`;
  const first = calls ? `call: [${look("/app/docs/model-check.md")}]` : `say: "${says}"`;
  const rules = ROLES.flatMap((role) => [
    `{ role: ${role}, when: { heard: 'first line of my first message' }, say: "{{word}}" }`,
    `{ role: ${role}, when: { last: '^\\[ok exit 0\\]\\nThe word is (?<read>\\w+)' }, say: "It is {{read}}." }`,
    `{ role: ${role}, when: { heard: 'both calls' }, call: [${look("/app/docs/one.md")}, ${look("/app/docs/two.md")}] }`,
    `{ role: ${role}, delay_ms: ${delayMs}, ${first} }`,
  ]);
  const find = "find: ['word of this list is (?<word>\\w+)']";
  return parseScenario(
    `name: check\nrequest: check\n${find}\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join("")}`,
    "check",
  );
}

async function examine(args: string[], settings: Record<string, string>) {
  const child = spawn(process.execPath, ["launcher/main.ts", "doctor", "--model", ...args], {
    cwd: checkout.directory,
    env: { ...bareEnvironment, OPENAI_API_KEY: "k-of-the-test", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { status: child.exitCode, stdout, stderr };
}

async function judged(
  served: Profile | undefined,
  options: Parameters<typeof scenario>[0] & { args?: string[] } = {},
) {
  model = await startModel({ scenario: scenario(options), profile: served });
  const settings = { OPENAI_API_BASE: model.url, LLM_MODEL: served?.model ?? "check" };
  const { status, stdout } = await examine(["--yes", "--json", ...(options.args ?? [])], settings);
  const report = JSON.parse(stdout) as { ok: boolean; verdicts: Verdict[]; cost: string };
  return { status, ...report };
}

/** Ollama with a context of so many tokens. */
function ollama(tokens: number): Profile {
  const profile = loadProfile("ollama");
  const habits = profile.habits.map((one) =>
    one.habit === "cuts-prompt" ? { ...one, with: { tokens } } : one,
  );
  return { ...profile, habits };
}

const FIT = PROFILE_NAMES;

describe("doctor --model", () => {
  test.each(FIT)("finds a good model fit for each role behind %s", async (name) => {
    const { status, verdicts, cost } = await judged(loadProfile(name));
    expect(verdicts.map(({ role, verdict }) => [role, verdict])).toEqual(ROLES.map((role) => [role, "fit"]));
    expect(status).toBe(0);
    expect(cost).toMatch(/8 questions, about \d+k tokens in .* no price: it is a server of your own network/);
  });

  test("finds out a server that cuts long prompts in silence, and says what to raise", async () => {
    const { status, verdicts } = await judged(ollama(4_096));
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(["unfit"]));
    expect(verdicts[0]?.settings.join()).toMatch(/num_ctx.*32768|32768.*num_ctx/);
    expect(status).toBe(1);
  });

  test("a context that holds the beginning of a mission alone is for short ones", async () => {
    const { status, verdicts } = await judged(ollama(16_384));
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(["limited"]));
    expect(verdicts[0]?.why).toMatch(/^24000 tokens: /);
    expect(verdicts[0]?.settings.join()).toContain("num_ctx");
    expect(status).toBe(0);
  });

  test("a model that calls no tool is unfit, with what it said", async () => {
    const { status, verdicts } = await judged(undefined, { calls: false });
    expect(verdicts[0]).toMatchObject({ verdict: "unfit" });
    expect(verdicts[0]?.why).toMatch(/called no tool: "I would read the file\."/);
    expect(verdicts[0]?.settings.join()).toContain("LLM_MODEL");
    expect(status).toBe(1);
  });

  test("a model that comes to no end is unfit, and is not waited for", async () => {
    const { verdicts } = await judged(undefined, { calls: false, says: "and so on ".repeat(900) });
    expect(verdicts[0]).toMatchObject({ verdict: "unfit" });
    expect(verdicts[0]?.why).toMatch(/did not end within 2048 tokens: "and so on/);
  });

  test("a model that is slower than the limit is not failed: it is not known", async () => {
    const { status, verdicts } = await judged(undefined, {
      delayMs: 60_000,
      args: ["--limit", "1", "--role", "QA_Tester"],
    });
    expect(verdicts).toMatchObject([{ role: "QA_Tester", verdict: "unknown" }]);
    expect(verdicts[0]?.settings.join()).toContain("--limit");
    expect(status).toBe(1);
  });

  test("names a model that is not listed, and asks nothing before it has said what it costs (O05)", async () => {
    model = await startModel({ scenario: scenario() });
    const { status, stderr } = await examine([], { OPENAI_API_BASE: model.url, LLM_MODEL: "other" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/does not list other; it lists check/);
    expect(stderr).toMatch(/8 questions.*at most 180 s a question/s);
    expect(stderr).toContain("add --yes");
    expect(model.requests().total).toBe(0);
  });

  test("an endpoint that refuses is told in its own words, for people", async () => {
    const refusing = { ...loadProfile("openai"), rules: [{ ...REFUSAL }] };
    model = await startModel({ scenario: scenario(), profile: refusing });
    const settings = { OPENAI_API_BASE: model.url, LLM_MODEL: "m" };
    const { status, stdout } = await examine(["--yes", "--role", "QA_Tester"], settings);
    expect(stdout).toMatch(/unfit +QA_Tester: a tool call: .*this account has no credit/);
    expect(status).toBe(1);
  });

  test("an endpoint that makes it wait for ever is not known, with what the endpoint said", async () => {
    const busy = { ...REFUSAL, status: 503, body: { error: { message: "the queue is full" } } };
    const profile = { ...loadProfile("openai"), rules: [busy] };
    const { verdicts } = await judged(profile, { args: ["--limit", "3", "--role", "QA_Tester"] });
    expect(verdicts).toMatchObject([{ verdict: "unknown" }]);
    expect(verdicts[0]?.why).toMatch(/no answer within 3 s: .*(503|queue)/);
  });

  test("without a model there is nothing to ask", async () => {
    const { status, stderr } = await examine(["--yes"], { OPENAI_API_KEY: "" });
    expect([status, stderr]).toEqual([1, expect.stringContaining("no model is set: OPENAI_API_KEY")]);
  });

  test.each([["--limit", "0"], ["--role", "Nobody"], ["--fast"]])(
    "%s %s is one clear line",
    async (...args) => {
      const { status, stderr } = await examine(args, {});
      expect(status).toBe(1);
      expect(stderr).toContain("usage: ./minilab doctor --model");
    },
  );
});

const REFUSAL: Profile["rules"][number] = {
  ...{ rule: "parameters-known", with: { names: ["model"] }, status: 402, source: "https://example.org/" },
  body: { error: { message: "this account has no credit" } },
};

test("the price is told by the endpoint, else by prices.json, and else it is not known (R53)", async () => {
  const estimate = { questions: 8, tokensIn: 50_000, tokensOut: 2_000 };
  const told = { input: 1, output: 2, by: "the endpoint's price" };
  const listing = { names: [], price: told, isLocal: false };
  expect(describeCost(estimate, listing)).toBe(
    "8 questions, about 50k tokens in and 2k out: about $0.054 by the endpoint's price",
  );
  expect(describeCost(estimate, { ...listing, price: undefined })).toContain("its price is not known");
  await using stack = new AsyncDisposableStack();
  const server = createServer((_, response) => {
    const priced = { id: "told", pricing: { prompt: "0.000003", completion: "0.000015" } };
    response.end(JSON.stringify({ data: [priced, { id: "known" }, { id: "strange" }] }));
  }).listen(0, "127.0.0.1");
  stack.defer(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const row = { input: 1, output: 10, source: "s", read: "2026-01-01" };
  const prices = {
    rows: [
      { model: "known", ...row },
      { model: "told", ...row },
    ],
    problems: [],
  };
  const priceOfModel = async (model: string) => {
    const config = loadConfig({ OPENAI_API_BASE: `http://127.0.0.1:${port}/v1`, LLM_MODEL: model });
    return (await readListing(config, prices, AbortSignal.timeout(20_000))).price;
  };
  expect(await priceOfModel("told")).toMatchObject({ input: 3, output: 15 });
  expect(await priceOfModel("known")).toMatchObject({ input: 1, output: 10 });
  expect(await priceOfModel("strange")).toBeUndefined();
});
