/** What a JSON report of vitest says: how much passed and failed, and which tests did not run. */
import { z } from "zod";
import { parseJson } from "../agents/protocol/message.ts";
import { FAILED, type Tally } from "../test/rig/tally.ts";

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string().optional() })),
    }),
  ),
});

/** The tests in a report of vitest; a file that failed without a failed test counts as one failure. */
export function readReport(json: string): Tally {
  const parsed = report.safeParse(parseJson(json));
  if (!parsed.success) return FAILED;
  const { numPassedTests, numFailedTests, testResults } = parsed.data;
  const broken = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

/** The names of the tests that did not run. */
export function skippedTests(json: string): string[] {
  const parsed = report.safeParse(parseJson(json));
  const results = parsed.success ? parsed.data.testResults.flatMap((file) => file.assertionResults) : [];
  return results
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ status, fullName = "?" }) => `${status}: ${fullName}`);
}
