import { expect, test } from "vitest";
import { callIdOf, isCallOf, readCallId, turnIdOf } from "./call-id.ts";

test("whatever a message is called, its calls have a name of hex digits, the same after a crash", () => {
  for (const id of ["';id>/tmp/z;'.Security_Sentinel", "../../..", "", "\0", "a".repeat(100_000)]) {
    const turn = turnIdOf("DevOps_Builder", id);
    const call = callIdOf(turn, id);
    expect(call).toMatch(/^[0-9a-f]{48}$/);
    expect(call).toBe(callIdOf(turnIdOf("DevOps_Builder", id), id));
    expect(isCallOf(turn, call)).toBe(true);
  }
});

test("no two roles, messages or calls share a name, and a turn knows its own calls alone", () => {
  const turns = ["a", "b"].flatMap((role) => ["m", "n"].map((id) => turnIdOf(role, id)));
  const calls = turns.flatMap((turn) => ["1.1", "1.2", "11.1"].map((call) => callIdOf(turn, call)));
  expect(new Set(calls).size).toBe(12);
  expect(turns.map((turn) => calls.filter((call) => isCallOf(turn, call)).length)).toEqual([3, 3, 3, 3]);
  expect(turnIdOf("ab", "c")).not.toBe(turnIdOf("a", "bc"));
});

test("only a name of ours is read back from the disk", () => {
  const id = callIdOf(turnIdOf("a", "b"), "c");
  expect(readCallId(id)).toBe(id);
  for (const name of [id.slice(1), `${id}0`, `${id}\n`, id.toUpperCase(), "..", "*", ""])
    expect(readCallId(name)).toBeUndefined();
});
