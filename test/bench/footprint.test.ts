import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { build } from "../../launcher/team/bundle.ts";
import { judge, type Sighting } from "./footprint.ts";

const memory = (rssMb: number) => ({ rssMb, pssMb: rssMb / 2 });
const sighting = (more: Partial<Sighting> = {}): Sighting => ({
  ...{ role: "QA_Tester", readyMs: 300, idle: memory(90), afterTurns: memory(130) },
  ...more,
});

test("ready is the median, memory is that of the largest agent", () => {
  const { ok, figures } = judge([sighting(), sighting({ readyMs: 3_000 }), sighting({ idle: memory(99) })]);
  expect(ok).toBe(true);
  expect(figures).toMatchObject({ ready_ms_p50: 300, idle_rss_mb_max: 99, after_ten_turns_rss_mb_max: 130 });
});

test("one agent that is too large, a team that is too slow, or none at all is not ok", () => {
  expect(judge([sighting(), sighting({ idle: memory(101) })]).ok).toBe(false);
  expect(judge([sighting(), sighting({ afterTurns: memory(151) })]).ok).toBe(false);
  expect(judge([sighting({ readyMs: 1_001 })]).ok).toBe(false);
  expect(judge([]).ok).toBe(false);
});

test("the agent's bundle is plain ASCII: with any other letter V8 keeps two bytes for each character", async () => {
  const directory = mkdtempSync(join(tmpdir(), "minilab-bundle-"));
  try {
    await build({ agent: "agents/main.ts" }, directory);
    const text = readFileSync(join(directory, "agent.mjs"));
    expect(text.findIndex((byte) => byte > 127)).toBe(-1);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
