import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeKeys, type Key } from "./keys.ts";

/** Keys of a stream that arrives in these pieces, neighbouring text joined. */
function decodeAll(chunks: readonly string[]): Key[] {
  const keys: Key[] = [];
  let rest = "";
  for (const chunk of chunks) {
    const decoded = decodeKeys(rest + chunk);
    rest = decoded.rest;
    for (const key of decoded.keys) {
      const last = keys.at(-1);
      if (key.kind === "text" && last?.kind === "text")
        keys[keys.length - 1] = { kind: "text", text: last.text + key.text };
      else keys.push(key);
    }
  }
  return keys;
}

const SAMPLE =
  "hällo 😀\r\x1b[A\x1bOB\x1b[1;5C\x1b\x7f\x1b[200~one\rtwo\r\nthree\n\x1b[31m\x1b[201~after\x03\x1b[3~\x1b\r\x1b[?1;2c.";

test("keys are the same however the stream is cut", () => {
  const whole = decodeAll([SAMPLE]);
  fc.assert(
    fc.property(fc.array(fc.nat(SAMPLE.length)), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), SAMPLE.length];
      const chunks = edges.slice(1).map((end, index) => SAMPLE.slice(edges[index], end));
      expect(decodeAll(chunks)).toEqual(whole);
    }),
  );
});

test("a marked paste is one key, its line ends are line feeds, its escapes are kept (F02)", () => {
  expect(decodeKeys("\x1b[200~one\rtwo\r\nthree\n\x1b[31m\x1b[201~x")).toEqual({
    keys: [
      { kind: "paste", text: "one\ntwo\nthree\n\x1b[31m" },
      { kind: "text", text: "x" },
    ],
    rest: "",
  });
});

test("unknown sequences are dropped, incomplete ones wait", () => {
  expect(decodeKeys("a\x1b[99;5Xb")).toEqual({
    keys: [
      { kind: "text", text: "a" },
      { kind: "text", text: "b" },
    ],
    rest: "",
  });
  expect(decodeKeys("\x1b[1;")).toEqual({ keys: [], rest: "\x1b[1;" });
});

test("no input whatever makes the decoder throw or stand still", () => {
  const bytes = fc.string({
    unit: fc.constantFrom("\x1b", "[", "2", "0", "~", "O", "a", ";", "\r", "\n", "\x00", "ä"),
  });
  fc.assert(
    fc.property(bytes, (text) => {
      const { keys, rest } = decodeKeys(text);
      expect(keys.length + rest.length).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 1_000 },
  );
});
