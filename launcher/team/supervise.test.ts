import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { supervise } from "./supervise.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "supervise-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Resolves with the text of a file in the directory once it satisfies `isDone`. */
function contentOf(name: string, isDone: (text: string) => boolean): Promise<string> {
  const file = join(directory, name);
  writeFileSync(file, "", { flag: "a" });
  return new Promise((resolve) => {
    const check = () => {
      const text = readFileSync(file, "utf8");
      if (!isDone(text)) return;
      watcher.close();
      resolve(text);
    };
    const watcher = watch(file, check);
    check();
  });
}

const tell = () => {};

function program(name: string, script: string) {
  return { name, argv: ["sh", "-c", script] as const, cwd: directory, env: { PATH: process.env["PATH"] } };
}

test("a program that crashes is started again, and its log says so (F17)", async () => {
  const controller = new AbortController();
  const running = supervise(
    [program("agent", "echo started; [ -e once ] || { touch once; exit 7; }; exec sleep 600")],
    {
      logDirectory: directory,
      signal: controller.signal,
      tell,
    },
  );
  const log = await contentOf("agent.log", (text) => text.split("started").length === 3);
  expect(log).toContain("agent ended (exit code 7); again in 0.2 s");
  controller.abort();
  await running;
});

test("one that is killed is started again, its neighbour goes on untouched", async () => {
  const controller = new AbortController();
  const script = "echo pid $$; exec sleep 600";
  const running = supervise([program("one", script), program("two", script)], {
    logDirectory: directory,
    signal: controller.signal,
    tell,
  });
  const pidOf = (text: string) => Number(/pid (\d+)\n/.exec(text)?.[1]);
  const [one] = await Promise.all(
    ["one.log", "two.log"].map((log) => contentOf(log, (text) => pidOf(text) > 0)),
  );
  process.kill(pidOf(one ?? ""), "SIGKILL");
  await contentOf("one.log", (text) => text.split("pid").length === 3);
  expect(readFileSync(join(directory, "one.log"), "utf8")).toContain("SIGKILL");
  expect(readFileSync(join(directory, "two.log"), "utf8").split("pid")).toHaveLength(2);
  controller.abort();
  await running;
});

test("after the signal nothing runs and nothing is started", async () => {
  const controller = new AbortController();
  const running = supervise([program("agent", "echo pid $$; exec sleep 600")], {
    logDirectory: directory,
    signal: controller.signal,
    tell,
  });
  const log = await contentOf("agent.log", (text) => text.includes("pid"));
  controller.abort();
  await running;
  expect(() => process.kill(Number(/pid (\d+)/.exec(log)?.[1]), 0)).toThrow();
});

test("a program that keeps failing is told with its last words after the third time, and again when it runs", async () => {
  const controller = new AbortController();
  const heard: (string | undefined)[] = [];
  const twice = Promise.withResolvers<void>();
  const script = `echo '{"msg":"a record"}'; echo 'Redis refuses the password'; echo '    at main.ts:1'; echo >> runs
    [ "$(wc -l < runs)" -gt 3 ] || exit 7; exec sleep 600`;
  const running = supervise([program("agent", script)], {
    logDirectory: directory,
    signal: controller.signal,
    healthyMs: 300,
    tell: (part, cause) => {
      heard.push(`${part}: ${cause}`);
      if (cause === undefined) twice.resolve();
    },
  });
  await twice.promise;
  controller.abort();
  await running;
  const runs = readFileSync(join(directory, "runs"), "utf8");
  expect(heard[0]).toMatch(
    /^agent: .*exit code 7.*Its last words: Redis refuses the password\. .*doctor --role agent/,
  );
  expect(heard.slice(1)).toEqual(["agent: undefined"]);
  expect(runs).toBe("\n\n\n\n");
});
