import { expect, test } from "vitest";
import { isAppError } from "../../agents/base/errors.ts";
import { loadScenario, parseScenario } from "./scenario.ts";

function problemsOf(text: string): string {
  try {
    parseScenario(text, "bad.yaml");
  } catch (error) {
    if (isAppError(error, "bad_config")) return error.message;
    throw error;
  }
  return "";
}

test("a bad scenario is refused with every problem and where it is", () => {
  const problems = problemsOf(`
name: bad
request: hello
rules:
  - { role: Nobody, say: hi }
  - { role: QA_Tester, when: { heard: "(" }, say: hi }
  - { role: QA_Tester }
  - { role: QA_Tester, say: hi, when: { steps: 2 } }
`);
  expect(problems).toContain("Scenario bad.yaml");
  expect(problems).toContain("rules.0.role");
  expect(problems).toContain("rules.1.when.heard");
  expect(problems).toContain("rules.2: a rule needs say, call or fault");
  expect(problems).toContain('rules.3.when: Unrecognized key: "steps"');
});

test("text that is not YAML and a missing file are refused by name", () => {
  expect(problemsOf("a: [")).toContain("bad.yaml is not YAML");
  expect(() => loadScenario("nowhere.yaml")).toThrow(/nowhere\.yaml/);
});
