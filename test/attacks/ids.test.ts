import { expect, test } from "vitest";
import { MessageReader } from "../../agents/bus/message-reader.ts";
import { saidBy } from "../../agents/bus/redis-schema.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ID_LAYERS, runIds } from "./ids.ts";

const options = { seed: 1, signal: new AbortController().signal };

test("no id of a message acts at any border", async () => {
  const { findings, harm, cases } = await runIds(options, 12);
  expect(findings).toEqual([]);
  expect({ harm, cases }).toEqual({ harm: 0, cases: 60 });
}, 60_000);

test.each(ID_LAYERS)(
  "without the %s there is harm",
  async (without) => {
    expect((await runIds({ ...options, without }, 12)).harm).toBeGreaterThan(0);
  },
  60_000,
);

test("an id of ours comes through, or the borders would prove nothing", () => {
  const said = { sender: "Security_Sentinel", content: "hi", timestamp: "", to: [], session: "s", epoch: 1 };
  const json = JSON.stringify({ ...said, id: "1.Security_Sentinel" });
  const { read } = new MessageReader(createRedactor([]));
  expect(saidBy("Security_Sentinel", json, read)?.id).toBe("1.Security_Sentinel");
});
