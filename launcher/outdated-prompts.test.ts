import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { outdatedPrompts } from "./outdated-prompts.ts";
import { PROJECT_DIR } from "./team/project.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "minilab-prompts-"));
  cpSync(join(PROJECT_DIR, "prompts"), join(directory, "prompts"), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

const edit = (role: string, change: (page: string) => string) => {
  const file = join(directory, `prompts/${role}.md`);
  writeFileSync(file, change(readFileSync(file, "utf8")));
};

test("the prompts of this version say what it expects", () => {
  expect(outdatedPrompts(PROJECT_DIR)).toEqual([]);
});

test("of pages that the operator keeps, what is new and what is gone is named (R20)", () => {
  edit("DevOps_Builder", (page) => page.replaceAll("edit_file", "save_file"));
  edit("QA_Tester", (page) => `${page}\nUse append_file for notes.\n`);
  edit("Architect_Zero", (page) => `Our own.\n${page}`);
  rmSync(join(directory, "prompts/Security_Sentinel.md"));
  expect(outdatedPrompts(directory)).toEqual([
    "prompts/Architect_Zero.md does not begin with: You are Architect_Zero",
    "prompts/DevOps_Builder.md does not name: edit_file (the role has them now)",
    "prompts/QA_Tester.md names what the role does not have: append_file",
  ]);
});
