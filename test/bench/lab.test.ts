import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openConversationLab } from "./lab/conversation-lab.ts";
import { parseReply } from "./lab/recorded-reply.ts";
import { type Recorded, replay } from "./lab/replay.ts";
import { differences } from "./lab/shape.ts";
import { play } from "./lab.ts";

const CONVERSATIONS = join(import.meta.dirname, "lab/conversations");
const { signal } = new AbortController();

it.each(["a-clone", "e-container", "g-access", "j-crossnode"])(
  "answers %s as it was answered",
  async (kind) => {
    const { requests, wrong } = await play(join(CONVERSATIONS, `${kind}.jsonl`), signal);
    expect(requests).toBeGreaterThan(20);
    expect(wrong).toBe(0);
  },
);

it("counts an answer of another status, shape or type as wrong", async () => {
  const lines = readFileSync(join(CONVERSATIONS, "b-scratch.jsonl"), "utf8").trim().split("\n");
  const recorded = lines.slice(0, 4).map((line) => JSON.parse(line) as Recorded);
  const spoilt = recorded.map((one) => ({
    ...one,
    reply: one.reply.replace('{"data":"100"}', '{"data":100}'),
  }));
  const lab = await openConversationLab(signal);
  try {
    expect((await replay(lab, spoilt)).map(({ at }) => at)).toEqual([0]);
    expect(
      await replay(lab, [{ phase: "x", method: "GET", path: "/nope", status: 200, reply: '{"data":[]}' }]),
    ).toHaveLength(1);
  } finally {
    await lab.close();
  }
});

it("compares types all the way down, and takes further fields for no difference", () => {
  expect(differences({ a: [{ b: 1 }] }, { a: [{ b: 7, c: "x" }] })).toEqual([]);
  expect(differences({ a: [{ b: 1 }] }, { a: [{ b: "1" }] })).toEqual(["data.a[0].b: number, not string"]);
  expect(differences([1], [])).toEqual(["data: no row like [0]"]);
  expect(differences({ a: null }, {})).toEqual(["data.a: missing"]);
  expect(differences([], null)).toEqual(["data: list, not null"]);
});

it("takes of a reply that was cut off what was whole", () => {
  expect(parseReply('{"data":[{"a":"}x"},{"b":{"c":1},"d')).toEqual({ data: [{ a: "}x" }, { b: { c: 1 } }] });
  expect(parseReply('{"data":null}')).toEqual({ data: null });
  expect(() => parseReply("nothing")).toThrow();
});
