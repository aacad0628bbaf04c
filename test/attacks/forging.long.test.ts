import { afterAll, beforeAll, expect, test } from "vitest";
import { forging, runForging } from "./forging.ts";
import { fillIn, keyForms, serverForms } from "./forging-commands.ts";
import { RawClient } from "./forging-wire.ts";
import { ForgingWorld } from "./forging-world.ts";

const options = { seed: 1, signal: new AbortController().signal };
const few = { share: 0.04, liars: ["DevOps_Builder"] } as const;
const stack = new AsyncDisposableStack();
let world: ForgingWorld;
beforeAll(async () => {
  world = await ForgingWorld.open(undefined, stack);
});
afterAll(() => stack.disposeAsync());

test("nobody writes, moves or says what is another's (F15, F16)", async () => {
  const { findings, cases, refused } = await runForging(options, few);
  expect(findings).toEqual([]);
  expect(cases).toBeGreaterThan(4_000);
  expect(refused).toBeGreaterThan(cases * 0.8);
}, 120_000);

test.each(forging.layers)(
  "without %s there is harm",
  async (without) => {
    const tally = await runForging({ ...options, without }, { ...few, share: 0.01 });
    expect(tally.harm).toBeGreaterThan(0);
  },
  120_000,
);

test("every command of this Redis that writes, is dangerous or runs scripts is tried", async () => {
  const tried = new Set([...keyForms, ...serverForms(false)].flatMap(namesOf));
  const harmless = new Set(["info"]); // the client library asks whether Redis is loading
  for (const category of ["write", "dangerous", "admin", "scripting"]) {
    const names = await world.judge.call("COMMAND", "LIST", "FILTERBY", "ACLCAT", category);
    const untried = (names as string[]).filter(
      (name) => !tried.has(name) && !harmless.has(name) && !name.endsWith("|help"),
    );
    expect(untried, category).toEqual([]);
  }
});

test("each form is one that Redis understands: it is the rights that refuse it", async () => {
  using client = await RawClient.open(world.port);
  await client.send([["AUTH", "judge", "judge"]]);
  const place = { key: "inbox:QA_Tester:User", own: "own", group: "QA_Tester" };
  const forms = [...keyForms, ...serverForms(true)].map((form) => fillIn(form, place));
  const replies = await client.send(forms);
  const misunderstood = forms.filter((_, index) =>
    /wrong number of arguments|unknown|syntax error/i.test(replies[index]?.error ?? ""),
  );
  expect(replies).toHaveLength(forms.length);
  expect(misunderstood).toEqual([]);
});

/** `xgroup CREATE ...` is `xgroup` and `xgroup|create`. */
function namesOf([command = "", subcommand = ""]: readonly string[]): string[] {
  return [command, `${command}|${subcommand.toLowerCase()}`];
}
