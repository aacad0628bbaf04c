import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { misspelt } from "./misspelt-settings.ts";
import { REHEARSAL, SIMULATED } from "./team/missing-parts.ts";
import { PROJECT_DIR } from "./team/project.ts";

function minilab(...args: string[]) {
  return spawnSync(join(PROJECT_DIR, "minilab"), args, { encoding: "utf8" });
}

test.each([
  ["docter", "doctor"],
  ["reherse", "rehearse"],
  ["consol", "console"],
  ["uo", "up"],
])("./minilab %s asks whether %s was meant, and does nothing", (typed, meant) => {
  const { status, stderr } = minilab(typed);
  expect(status).toBe(2);
  expect(stderr).toMatch(new RegExp(`did you mean [\\w ]*\\b${meant}\\b`));
});

test("what is like no command is only said to be none", () => {
  const { status, stderr } = minilab("kubernetes");
  expect([status, stderr]).toEqual([2, 'minilab: unknown command "kubernetes"; ./minilab help lists them\n']);
});

test.each(["rehearse", "up", "lab", "bench", "reset"])(
  "./minilab %s --help says how it is called",
  (command) => {
    const { status, stdout } = minilab(command, "--help");
    expect(status).toBe(0);
    expect(stdout).toContain(`./minilab ${command}`);
    expect(stdout).not.toContain("./minilab sessions");
  },
);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "minilab-settings-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

test("a setting that is misspelt in .env is named; what is nobody's business is not", () => {
  const lines = [
    "OPENAI_API_KY=x",
    "LLM_MODELL=y",
    "LLM_MODEL=z",
    "TF_VAR_LLM_MODE=1",
    "PM_API_TOKEN=1",
    "TZ=UTC",
  ];
  writeFileSync(join(directory, ".env"), lines.join("\n"));
  expect(misspelt(directory)).toEqual([
    ".env: OPENAI_API_KY is no setting; did you mean OPENAI_API_KEY?",
    ".env: LLM_MODELL is no setting; did you mean LLM_MODEL?",
  ]);
  rmSync(join(directory, ".env"));
  expect(misspelt(directory)).toEqual([]);
});

test("containers say the same of a rehearsal as ./minilab up", () => {
  const script = readFileSync(join(PROJECT_DIR, "launcher/container-start.sh"), "utf8");
  for (const banner of [REHEARSAL, SIMULATED]) expect(script).toContain(`MINILAB_BANNER="${banner}"`);
});
