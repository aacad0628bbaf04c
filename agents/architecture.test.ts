/** Fails when an import breaks the rule, when a library leaves its home, when a file grows without a reason. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokenImports, circles, type Sources, strayProcessUse } from "./testing/import-rule.ts";
import { unredactedOutput } from "./testing/sink-rule.ts";
import { oversized, tooManyLong } from "./testing/size-rule.ts";

const PROJECT = join(import.meta.dirname, "..");
const files = globSync("{agents,client,lab,test,launcher}/**/*.ts", { cwd: PROJECT }).sort();
const sources: Sources = new Map(files.map((file) => [file, readFileSync(join(PROJECT, file), "utf8")]));

const isProgram = (file: string) =>
  file.startsWith("launcher/") ||
  file.startsWith("test/") ||
  ["agents/main.ts", "client/console.ts"].includes(file) ||
  /^lab\/\w+\/(main|pve-cli)\.ts$/.test(file);

const planted = (file: string, text: string): Sources => new Map([[file, text]]);
const LOCALE = /\.(?:localeCompare|toLocale\w+)\(|\bIntl\./;

describe("architecture", () => {
  test("the sources were found", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  test("every import follows the rule", () => {
    expect(brokenImports(sources)).toEqual([]);
  });

  test("no files import each other in a circle, not even for types", () => {
    expect(circles(sources)).toEqual([]);
    const inCircle: Sources = new Map([
      ["agents/bus/a.ts", 'import type { B } from "./b.ts";'],
      ["agents/bus/b.ts", 'import { type C } from "../protocol/c.ts";'],
      ["agents/protocol/c.ts", 'export type { A } from "../bus/a.ts";'],
    ]);
    expect(circles(inCircle)).toEqual([
      "agents/bus/a.ts -> agents/bus/b.ts -> agents/protocol/c.ts -> agents/bus/a.ts",
    ]);
  });

  test("only programs touch the process", () => {
    expect(strayProcessUse(sources, isProgram)).toEqual([]);
  });

  test("no agent loads the tables of all languages: 12 ms of CPU in each process", () => {
    const uses = [...sources].filter(
      ([file, text]) => file.startsWith("agents/") && !file.endsWith(".test.ts") && LOCALE.test(text),
    );
    expect(uses.map(([file]) => file)).toEqual([]);
    expect(LOCALE.test("names.sort((a, b) => a.localeCompare(b))")).toBe(true);
  });

  test("no file is above 200 lines without a reason in its header", () => {
    expect(oversized(sources)).toEqual([]);
  });

  test("at most one file in ten is above 150 lines", () => {
    expect(tooManyLong(sources)).toEqual([]);
    const short = Array.from({ length: 9 }, (_, at): [string, string] => [`lab/${at}.ts`, "x\n".repeat(150)]);
    const long: [string, string][] = [1, 2].map((at) => [`lab/long-${at}.ts`, "x\n".repeat(150 + at)]);
    expect(tooManyLong(new Map([...short, ...long.slice(0, 1)]))).toEqual([]);
    expect(tooManyLong(new Map([...short, ...long]))).toEqual(["151 lab/long-1.ts", "152 lab/long-2.ts"]);
  });

  test.each([
    ["agents/base/config.ts", 'import { x } from "../protocol/roles.ts";'],
    ["agents/protocol/roles.ts", 'import type { Bus } from "../bus/bus.ts";'],
    ["agents/host/nodes/ssh.ts", 'import { x } from "../../bus/bus.ts";'],
    ["agents/tools/run-shell.ts", 'import {\n  x,\n} from "../runtime/turn.ts";'],
    ["agents/runtime/turn.ts", 'import { x } from "../main.ts";'],
    ["agents/runtime/turn.ts", 'const x = await import("../../lab/lab.ts");'],
    ["agents/runtime/turn.ts", 'import { x } from "../testing/redis-server.ts";'],
    ["agents/runtime/turn.ts", 'export { x } from "../../launcher/up.ts";'],
    ["client/console.ts", 'import { x } from "../agents/runtime/turn.ts";'],
    ["client/console.ts", 'import { Redis } from "ioredis";'],
    ["lab/model/server.ts", 'import { x } from "../../client/render.ts";'],
    ["agents/tools/run-shell.ts", 'import { execa } from "execa";'],
    ["agents/runtime/turn.ts", 'import type { AIMessage } from "@langchain/core/messages";'],
  ])("a forbidden import planted in %s is found: %s", (file, text) => {
    expect(brokenImports(planted(file, text))).toHaveLength(1);
  });

  test("a planted use of the process and a planted long file are found", () => {
    expect(strayProcessUse(planted("agents/runtime/turn.ts", "process.env.HOME"), isProgram)).toHaveLength(1);
    expect(oversized(planted("agents/runtime/turn.ts", "x\n".repeat(201)))).toHaveLength(1);
  });

  test("nothing leaves a process past redaction (F59, F69, F70)", () => {
    expect(unredactedOutput(sources)).toEqual([]);
  });

  test.each([
    ["agents/tools/run-shell.ts", "await appendFile(file, text);"],
    ["agents/tools/run-shell.ts", "console.log(text);"],
    ["agents/host/commands/sandbox.ts", "createWriteStream(file).write(text);"],
    ["agents/runtime/retries.ts", "process.stderr.write(text);"],
    ["client/team.ts", "output.write(text);"],
    ["agents/runtime/turn.ts", "return text as Redacted;"],
    ["agents/runtime/listeners.ts", "bus.show({ content: ours(text) });"],
    ["client/conversation.ts", "return fromRedactedParts(text);"],
    ["client/entry.ts", "return rewrite(text, () => content);"],
  ])("output past redaction planted in %s is found: %s", (file, text) => {
    expect(unredactedOutput(planted(file, text))).toHaveLength(1);
  });
});
