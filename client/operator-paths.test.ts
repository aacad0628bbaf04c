import { expect, test } from "vitest";
import { operatorPaths } from "./operator-paths.ts";

test.each([
  ["see /app/docs/plan.md.", "see docs/team/plan.md."],
  ["(/app/infra/web/main.tf:3)", "(generated_iac/infra/web/main.tf:3)"],
  ["/app/config and /tmp/app/x", "generated_iac/config and tmp/app/x"],
])("%j is %j for the operator (R52)", (text, shown) => expect(operatorPaths(text)).toBe(shown));

test.each(["/srv/app/docs/x", "/app/docs2", "/app/documents", "/tmp/apple", "http://host/app/docs", "/app"])(
  "%j is none of the team's, and stays (R52)",
  (text) => expect(operatorPaths(text)).toBe(text),
);
