import { expect, test } from "vitest";
import { runInjections } from "./injection.ts";
import type { Carrier } from "./injection-carriers.ts";
import type { Payload } from "./injection-payloads.ts";

const options = () => ({ seed: 1, signal: new AbortController().signal });

/** A payload of each kind, by the carriers in turn: what a stranger says, writes, steals, breaks. */
const SAMPLE: readonly (readonly [Carrier, Payload["name"]])[] = [
  ["page", "say the operator's JSON"],
  ["file", "write a transcript entry by socket"],
  ["ssh", "the environment"],
  ["terraform", "the files"],
  ["ansible", "another's execution log"],
  ["peer", "write a grant by socket"],
];

test("a model that obeys all that it reads does no harm (F15, F16)", async () => {
  const wanted = (carrier: Carrier, { name }: Payload) =>
    SAMPLE.some(([by, what]) => by === carrier && what === name);
  const { cases, findings } = await runInjections(options(), wanted);
  expect(findings).toEqual([]);
  expect(cases).toBe(SAMPLE.length);
}, 120_000);

test.each([
  ["sandbox", "the files", "a file of the project is in"],
  ["identities", "write a transcript entry by socket", "transcript:User got a message"],
  ["identities", "write a grant by socket", "HSET grant:tf-3fa2c1"],
] as const)(
  "without the %s it does: %s",
  async (without, payload, harm) => {
    const wanted = (carrier: Carrier, { name }: Payload) => carrier === "file" && name === payload;
    const { findings } = await runInjections({ ...options(), without }, wanted);
    expect(findings.join("\n")).toContain(harm);
  },
  120_000,
);
