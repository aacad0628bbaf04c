import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDocuments } from "./team-documents.ts";

const LOG = "execution_log_QA_Tester.md";
let docs: string;
beforeEach(() => {
  docs = mkdtempSync(join(tmpdir(), "minilab-docs-"));
  for (const name of ["architecture.md", "extending.md", "failures-covered.md", "lab.md"])
    put(name, "of the product");
});
afterEach(() => rmSync(docs, { recursive: true }));

function put(name: string, text: string): void {
  writeFileSync(join(docs, name), text);
}

test("the product's documents are not in the team's folder, and its logs are found where people look (R20)", () => {
  openDocuments(docs);
  expect(readdirSync(join(docs, "team"))).toEqual([]);
  put(`team/${LOG}`, "what it did");
  openDocuments(docs);
  expect(readFileSync(join(docs, LOG), "utf8")).toBe("what it did");
  expect(readFileSync(join(docs, "architecture.md"), "utf8")).toBe("of the product");
  expect(readlinkSync(join(docs, "audit"))).toBe("../tmp/run/audit");
});

test("what an earlier version kept beside them goes on in the team's folder", () => {
  for (const name of ["requirements.md", "plan.md", LOG, ".session_Architect_Zero"]) put(name, name);
  mkdirSync(join(docs, "tool_output"));
  put("tool_output/1.log", "a call");
  openDocuments(docs);
  for (const name of ["requirements.md", "plan.md", LOG, ".session_Architect_Zero"])
    expect(readFileSync(join(docs, "team", name), "utf8")).toBe(name);
  expect(existsSync(join(docs, "team/tool_output/1.log"))).toBe(true);
  expect(readFileSync(join(docs, LOG), "utf8")).toBe(LOG);
  expect(existsSync(join(docs, "team/architecture.md")) || existsSync(join(docs, "plan.md"))).toBe(false);
});

test("what people put there later stays, and of two files nobody loses one", () => {
  openDocuments(docs);
  put(`team/${LOG}`, "the team's");
  rmSync(join(docs, LOG));
  put(LOG, "somebody's");
  put("notes.md", "somebody's");
  openDocuments(docs);
  expect(readFileSync(join(docs, LOG), "utf8")).toBe("somebody's");
  expect(readFileSync(join(docs, "notes.md"), "utf8")).toBe("somebody's");
  expect(readFileSync(join(docs, "team", LOG), "utf8")).toBe("the team's");
});
