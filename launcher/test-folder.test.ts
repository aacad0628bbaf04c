import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTestFolder, removeTestFolder } from "./test-folder.ts";

test("tests have a folder whose sockets may have long names, and nothing of it stays", () => {
  const folder = makeTestFolder();
  expect(folder.length).toBeLessThan(30);
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  writeFileSync(join(folder, "deep/er/file"), "x", { mode: 0o400 });
  removeTestFolder(folder);
  expect(existsSync(folder)).toBe(false);
});
