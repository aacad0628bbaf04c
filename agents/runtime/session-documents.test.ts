import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SessionDocuments } from "./session-documents.ts";

const FIRST = "20261122-201500-aaaaaa";
const SECOND = "20261122-211500-bbbbbb";

let docs: string;
beforeEach(async () => {
  docs = await mkdtemp(join(tmpdir(), "minilab-docs-"));
});
afterEach(async () => await rm(docs, { recursive: true }));

async function write(name: string, at: string, content = name): Promise<void> {
  const time = new Date(`2026-11-22T${at}Z`);
  await writeFile(join(docs, name), content);
  await utimes(join(docs, name), time, time);
}
const shown = async () => (await readdir(docs)).filter((name) => !name.startsWith(".")).sort();

test("CLEAR begins with an empty folder, and the old documents are kept under their session (R20)", async () => {
  const architect = new SessionDocuments(docs, "Architect_Zero");
  await architect.begin(FIRST);
  await write("requirements.md", "20:20:00", "1. the mission of before\n");
  await write("implementation_plan.md", "20:21:00");
  await write("execution_log_QA_Tester.md", "20:30:00");
  await architect.begin(FIRST);
  expect(await shown()).toContain("requirements.md");
  await architect.begin(SECOND);
  expect(await shown()).toEqual(["execution_log_QA_Tester.md", "sessions"]);
  const old = join(docs, "sessions", FIRST);
  expect((await readdir(old)).sort()).toEqual(["implementation_plan.md", "requirements.md"]);
  expect(await readFile(join(old, "requirements.md"), "utf8")).toBe("1. the mission of before\n");
});

test("whoever comes later, or after a restart, moves nothing of the session that goes on (R20)", async () => {
  await new SessionDocuments(docs, "Architect_Zero").begin(FIRST);
  await new SessionDocuments(docs, "DevOps_Builder").begin(FIRST);
  await write("requirements.md", "20:20:00");
  await new SessionDocuments(docs, "Architect_Zero").begin(SECOND);
  await write("requirements.md", "21:20:00", "the new ones");
  const builder = new SessionDocuments(docs, "DevOps_Builder"); // another life of it
  await builder.begin(SECOND);
  await builder.begin(SECOND);
  expect(await readFile(join(docs, "requirements.md"), "utf8")).toBe("the new ones");
  expect(existsSync(join(docs, "sessions", FIRST, "requirements.md"))).toBe(true);
});

test("nothing is moved through a link that a command put there (R20)", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "minilab-elsewhere-"));
  const architect = new SessionDocuments(docs, "Architect_Zero");
  await architect.begin(FIRST);
  await write("requirements.md", "20:20:00");
  await symlink(elsewhere, join(docs, "sessions"));
  await architect.begin(SECOND);
  expect(await readdir(elsewhere)).toEqual([]);
  expect(await shown()).toEqual(["requirements.md", "sessions"]);
  await rm(elsewhere, { recursive: true });
});

test("what people had there before, and a session of another name, are left alone (R20)", async () => {
  await write("my-notes.md", "09:00:00");
  const architect = new SessionDocuments(docs, "Architect_Zero");
  await architect.begin(FIRST);
  await write("requirements.md", "20:20:00");
  await architect.begin("s-2");
  await new SessionDocuments(docs, "QA_Tester").begin(SECOND); // its first one
  expect(await shown()).toEqual(["my-notes.md", "requirements.md"]);
});
