import { expect, test } from "vitest";
import { didLess } from "../../agents/testing/did-less.ts";
import { variants } from "./captives.ts";
import { runHost, SURFACES, WAYS } from "./host.ts";
import { nodePlace, toolPlaces } from "./host-places.ts";
import { canBeHarmed } from "./host-world.ts";

const options = { seed: 1, signal: new AbortController().signal };
const FEW = new Set([
  ...["echo", "own descriptor", "mounted once more", "sysctl"],
  ...["new key of the session", "keys of the user", "clock_settime", "date"],
  ...["new: null", "kernel log", "the hypervisor", "mount", "new user", "by programs"],
  ...["signal", "end", "environment", "limits", "programs in the kernel"],
]);
const ways = WAYS.filter(({ name }) => FEW.has(name));

test.each(SURFACES)("there are at least 12 ways to reach %s, each with a name of its own", (surface) => {
  const names = WAYS.filter((way) => way.surface === surface).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(12);
});

for (const { uid, gid, name } of variants().filter(({ kind }) => kind === "bubblewrap")) {
  test(`a node of the lab reaches nothing of the machine: ${name}`, async () => {
    const tally = await runHost(options, { ways, places: [nodePlace({ uid, gid })] });
    expect(tally).toMatchObject({ cases: ways.length, harm: 0, findings: [] });
  }, 120_000);
}

for (const variant of variants()) {
  test(`run_shell reaches nothing of the machine: ${variant.name}`, async () => {
    const tally = await runHost(options, { ways, places: toolPlaces(variant).slice(0, 1) });
    expect(tally).toMatchObject({ cases: ways.length, harm: 0, findings: [] });
  }, 120_000);
}

if (!canBeHarmed()) didLess("the guards of the machine were not taken away: run the tests as root");

test.runIf(canBeHarmed()).each(SURFACES)(
  "without the guard of %s each of its ways does harm",
  async (without) => {
    const tally = await runHost({ ...options, without }, { ways, places: [] });
    const tried = ways.filter(({ surface }) => surface === without).length;
    expect(tally, tally.findings.join("\n")).toMatchObject({ cases: tried, harm: tried });
  },
  60_000,
);
