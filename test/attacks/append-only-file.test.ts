import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppendOnlyFile } from "./append-only-file.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "minilab-append-only-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

test("a command that is just being written, cut anywhere, is read whole the next time", () => {
  const path = join(directory, "file");
  const first = command("SET", "a", "1");
  const second = Buffer.from(`#TS:1700000000\r\n${command("XADD", "inbox", "*", "e", "ä\r\n*1\r\n")}`);
  for (let cut = 0; cut <= second.length; cut++) {
    writeFileSync(path, first);
    const file = new AppendOnlyFile(path);
    appendFileSync(path, second.subarray(0, cut));
    const before = file.read().commands;
    appendFileSync(path, second.subarray(cut));
    expect([...before, ...file.read().commands]).toEqual([
      ["SET", "a", "1"],
      ["XADD", "inbox", "*", "e", "ä\r\n*1\r\n"],
    ]);
    expect(file.read()).toEqual({ text: "", commands: [] });
  }
});

test("what is no command is said, not passed over", () => {
  const path = join(directory, "file");
  writeFileSync(path, "nonsense\r\n");
  expect(() => new AppendOnlyFile(path).read()).toThrow("not the beginning of a command: nonsense");
});
