import { expect, test } from "vitest";
import { runAbuse } from "./abuse.ts";
import { ABUSES, LOUD } from "./abuse-scripts.ts";
import { type Variant, variants } from "./captives.ts";

const options = { seed: 1, signal: new AbortController().signal };
const [own] = variants() as [Variant];
const last = variants().at(-1) ?? own;
const named = (...names: string[]) => ABUSES.filter(({ name }) => names.includes(name));

for (const variant of variants()) {
  test(`nothing survives a call or fills the machine: ${variant.name} (F10, F51)`, async () => {
    const abuses = named(
      "fork bomb",
      "yes",
      "memory of many processes",
      "sparse file",
      "ignored signals",
      "a daemon",
    );
    const tally = await runAbuse(options, { abuses, variants: [variant] });
    expect(tally).toMatchObject({ cases: 6, harm: 0, findings: [] });
  }, 90_000);
}

test("100 MB of output leave the agent small; the model gets head, tail and the file (F21)", async () => {
  expect(await runAbuse(options, { abuses: [LOUD], variants: [own] })).toMatchObject({
    cases: 1,
    harm: 0,
    findings: [],
  });
}, 60_000);

test("without the runner the agent grows, and a daemon survives where no sandbox ends it", async () => {
  const abuses = [LOUD, ...(last === own ? [] : named("setsid"))];
  const tally = await runAbuse({ ...options, without: "runner" }, { abuses, variants: [last] });
  expect(tally.findings, tally.findings.join("\n")).toHaveLength(abuses.length);
}, 60_000);

test("without limits a file grows as it likes", async () => {
  const abuses = named("sparse file");
  expect(await runAbuse({ ...options, without: "limits" }, { abuses, variants: [own] })).toMatchObject({
    harm: 1,
  });
}, 60_000);
