import { expect, test } from "vitest";
import { count, EARLIER, judge, run } from "./prompt-size.ts";

/**
 * Above the limit of the benchmark, which says so: a role now keeps its calls between its turns, and criteria, checks and
 * verdicts are tools. It must not become more unseen.
 */
const REACHED = 0.79;

test("a rehearsal's model is sent no more than was reached, in as many requests as once", {
  timeout: 180_000,
}, async () => {
  const { figures } = await run([], AbortSignal.timeout(170_000));
  expect(figures["requests"]).toBe(EARLIER.requests);
  expect(figures["ratio"]).toBeLessThanOrEqual(REACHED);
});

const body = (role: string, text: string) =>
  JSON.stringify({
    model: "m",
    messages: [{ role: "system", content: `You are ${role}, ${text}` }],
    tools: [{}],
  });

test("messages and tools are counted as they are sent, by role", () => {
  const sent = count(`${body("QA_Tester", "x".repeat(100))}\n${body("Architect_Zero", "")}\n`);
  const empty = JSON.stringify({ role: "system", content: "You are QA_Tester, " }).length;
  expect(sent.roles.QA_Tester).toEqual({ requests: 1, tools: 4, system: empty + 100, rest: 2 });
  expect(sent).toMatchObject({ requests: 2, probes: 0, roles: { DevOps_Builder: { requests: 0 } } });
  const probe = body("QA_Tester", "(This line only measures how much is read. )");
  expect(count(`${body("QA_Tester", "")}\n${probe}`)).toMatchObject({ requests: 1, probes: 1 });
  expect(() => count(body("Nobody", ""))).toThrow("a request of nobody");
});

test("more than the limit, or another number of requests, is not well", () => {
  const { roles } = count(body("QA_Tester", ""));
  const ours = (tokens: number, requests = 22) =>
    judge({ tokens, requests, probes: 0, roles }, { tokens: 100, requests: 22 });
  expect([ours(75).ok, ours(76).ok, ours(50, 21).ok, ours(50, 23).ok]).toEqual([true, false, false, false]);
});
