import { expect, test } from "vitest";
import { NO_TOKENS, type Spending } from "../agents/protocol/spending.ts";
import { ours } from "../agents/redact/redacted.ts";
import { forecastOf, forecastText } from "./forecast.ts";

const PRICES = {
  rows: [{ model: "m", input: 1, output: 10, source: "s", read: "2026-01-01" }],
  problems: [],
};

function session(prompt: number, model = "m"): Spending[] {
  const endpoint = { model: ours(model), server: ours("h") };
  const turn = {
    ...NO_TOKENS,
    ...endpoint,
    steps: 1,
    estimated: 0,
    role: "QA_Tester",
    messageId: "x.User",
  } as const;
  return [{ ...turn, prompt }];
}

const tenths = Array.from({ length: 10 }, (_, index) => session((index + 1) * 100_000));

test("the half and nine of ten of the missions, each a cost that one of them had", () => {
  expect(forecastOf(tenths, PRICES)).toEqual({
    ...{ of: 10, kind: "missions", tokens: { p50: 500_000, p90: 900_000 } },
    dollars: { p50: 0.5, p90: 0.9, of: 10 },
  });
  expect(forecastText(forecastOf(tenths, PRICES))).toBe(
    "Forecast by 10 earlier missions: half took at most 500.0k tokens, nine of ten at most 900.0k tokens; in money $0.5000 and $0.9000.",
  );
});

test("rehearsals count where there is no mission, and are called so", () => {
  const rehearsals = [session(40_000, "scripted"), session(60_000, "scripted")];
  expect(forecastText(forecastOf(rehearsals, PRICES))).toBe(
    "Forecast by 2 earlier rehearsals: half took at most 40.0k tokens, nine of ten at most 60.0k tokens; the price of the models is unknown.",
  );
  expect(forecastOf([...rehearsals, session(5_000_000)], PRICES)).toMatchObject({
    of: 1,
    tokens: { p50: 5_000_000 },
  });
});

test("money is told of those alone whose price is known, and with nothing to go by nothing is told", () => {
  const some = forecastText(forecastOf([session(1_000_000), session(2_000_000, "other")], PRICES));
  expect(some).toContain("in money $1.00 and $1.00 (of 1 with a known price)");
  expect(forecastOf([[], []], PRICES)).toBeUndefined();
  expect(forecastText(undefined)).toBe("No forecast of the cost: no earlier session has asked a model.");
});
