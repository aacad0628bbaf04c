import { expect, test } from "vitest";
import type { Bus, TurnJournal } from "../bus/bus.ts";
import { JournalWriter } from "../runtime/journal-writer.ts";
import type { Model } from "../runtime/model.ts";
import { createRedactor } from "./redact.ts";
import { cutRedacted, joinRedacted, type Redacted, redacted } from "./redacted.ts";
import { redactJson, Sealed } from "./redacted-json.ts";

const redactor = createRedactor(["hunter2hunter2"]);

test("a template holds what was redacted, constants and numbers; its escapes mean what they mean", () => {
  const role = "QA_Tester" as const;
  const text: Redacted = redacted`${role}\n${redactor("is hunter2hunter2")} ${2} \`x\``;
  expect(text).toBe("QA_Tester\nis [redacted] 2 `x`");
  expect(joinRedacted([text, redacted`end`], "\n")).toBe(`${text}\nend`);
  expect(cutRedacted(text, { maxBytes: 9 })).toMatchObject({ truncated: true });
});

test("arguments keep their shape, and what held a secret is seen by nobody who did not ask", () => {
  const args = { list: ["a", { key: "hunter2hunter2" }], hunter2hunter2: 1, no: null };
  const { value, hadSecret } = redactJson(redactor, args);
  expect(hadSecret).toBe(true);
  expect(value).toEqual({ list: ["a", { key: "[redacted]" }], "[redacted]": 1, no: null });
  expect(redactJson(redactor, { a: [1, "b"] })).toEqual({ value: { a: [1, "b"] }, hadSecret: false });
  expect(JSON.stringify({ sealed: new Sealed(args) })).toBe("{}");
  expect(new Sealed(args).open()).toBe(args);
});

test("what is learned later is hidden from then on", () => {
  const late = createRedactor([]);
  expect(late("a secret99secret99")).toContain("secret99");
  const before = late.version;
  late.learn(["secret99secret99"]);
  expect(late("a secret99secret99")).toBe("a [redacted]");
  expect(late.version).not.toBe(before);
  const { version } = late;
  late.learn(["secret99secret99"]);
  expect(late.version).toBe(version);
});

/** Read by the compiler alone: each line is an error, or tsc fails. */
function theCompilerRefuses(parts: { bus: Bus; journal: TurnJournal; model: Model; raw: string }): void {
  const { bus, journal, model, raw } = parts;
  const signal = AbortSignal.timeout(1);
  const timestamp = "2026-01-01T00:00:00.000Z";
  // @ts-expect-error
  void bus.send({ id: "1.User", sender: "User", to: [], content: raw }, { signal });
  // @ts-expect-error
  bus.show({ kind: "notice", source: "User", content: raw, timestamp });
  // @ts-expect-error
  new JournalWriter(journal, new Map()).note("outcome:1.1", { kind: "ok", stdout: raw });
  // @ts-expect-error
  void journal.cancel(raw, { signal });
  // @ts-expect-error
  void model.ask([{ role: "user", content: raw }], { step: 1, signal, onWait: () => {} });
  // @ts-expect-error
  redacted`a template with ${raw}`;
  // @ts-expect-error
  joinRedacted([redactor(raw)], raw);
}

test("raw text is refused where text leaves, by the compiler (F59, F69)", () => {
  expect(theCompilerRefuses).toBeTypeOf("function");
});
