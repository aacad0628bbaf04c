import { expect, test } from "vitest";
import { type Variant, variants } from "./captives.ts";
import { runTheft } from "./theft.ts";
import { VECTORS } from "./theft-vectors.ts";

const named = (...names: string[]) => VECTORS.filter(({ name }) => names.includes(name));
const options = { seed: 1, signal: new AbortController().signal };
const [own] = variants() as [Variant];
const CASES = named(
  "agent's environment",
  "agent's descriptors",
  "link to a secret",
  "write .env",
  "kill the agent",
);

test("there are more than 30 ways, each with a name of its own", () => {
  expect(new Set(VECTORS.map(({ name }) => name)).size).toBe(VECTORS.length);
  expect(VECTORS.length).toBeGreaterThanOrEqual(30);
});

test("no tool that runs commands gets at a secret or at the agent (F33, F59, F62, F64)", async () => {
  const tally = await runTheft(options, { vectors: CASES, variants: [own] });
  expect(tally).toMatchObject({ cases: 7 * CASES.length, harm: 0, findings: [] });
}, 60_000);

test("without the sandbox every one of these succeeds", async () => {
  const tally = await runTheft({ ...options, without: "sandbox" }, { vectors: CASES, variants: [own] });
  expect(tally.findings).toHaveLength(CASES.length);
}, 60_000);

test("with the agent's environment a command needs only to look at its own (F59)", async () => {
  const vectors = named("own environment");
  expect(await runTheft({ ...options, without: "environment" }, { vectors, variants: [own] })).toMatchObject({
    harm: 1,
  });
}, 60_000);

for (const variant of variants().slice(1)) {
  test(`the same for the ${variant.name}`, async () => {
    const vectors = named("agent's environment", "agent's memory", "secret files", "kill the agent");
    expect(await runTheft(options, { vectors, variants: [variant] })).toMatchObject({
      harm: 0,
      findings: [],
    });
  }, 60_000);
}
