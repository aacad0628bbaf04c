import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startChild } from "./child.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "child-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function spec(script: string) {
  return {
    argv: ["sh", "-c", script] as const,
    cwd: directory,
    env: { PATH: process.env["PATH"] },
    output: join(directory, "log"),
  };
}

test("a child's input reaches it, its output its log, and its end is told", async () => {
  const child = startChild({ ...spec("cat; exit 3"), input: "to be logged" });
  expect(await child.ended).toEqual({ exitCode: 3, signalName: null });
  expect(readFileSync(join(directory, "log"), "utf8")).toBe("to be logged");
});

test("stop ends a child, and a second stop changes nothing", async () => {
  const child = startChild(spec("sleep 600"));
  await child.stop();
  await child.stop();
  expect(await child.ended).toEqual({ exitCode: null, signalName: "SIGTERM" });
});

test("a program that does not exist ends at once", async () => {
  const child = startChild({ ...spec(""), argv: ["/no/such/program"] });
  const end = await child.ended;
  expect(end.exitCode).not.toBe(0);
});

test("a launcher that is killed leaves no child behind", async () => {
  const program = `
    import { startChild } from ${JSON.stringify(join(import.meta.dirname, "./child.ts"))};
    const child = startChild({ argv: ["sleep", "600"], cwd: "/", env: process.env, output: "/dev/null" });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const launcher = spawn(process.execPath, ["--input-type=module-typescript", "-e", program]);
  const [line] = await once(createInterface({ input: launcher.stdout }), "line");
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);
  launcher.kill("SIGKILL");
  while (isAlive(pid)) await delay(10); // the test's own limit ends this
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
