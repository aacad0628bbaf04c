import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROJECT_DIR } from "./team/project.ts";

type Outcome = { exitCode: number; stdout: string; stderr: string };

function rehearse(...args: string[]): Promise<Outcome> {
  const argv = [join(PROJECT_DIR, "launcher/main.ts"), "rehearse", ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test("a guest that is gone before anybody looks fails the rehearsal, though all was said and run (F39, F55)", {
  timeout: 180_000,
}, async () => {
  const { exitCode, stdout, stderr } = await rehearse("--json", "--break", "guest", "--timeout", "120");
  const kept = /kept in +(\S+)/.exec(stderr)?.[1];
  if (kept) rmSync(kept, { recursive: true, force: true });
  const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  expect(exitCode).toBe(1);
  expect(report).toMatchObject({ done: false, messages: { sent: 10, handled: 10 } });
  expect(report.failures).toContain("guest 9101 does not exist");
  expect(Object.keys(report.ansible)).toEqual(["pve1", "pve2"]);
});

test("a program that knows only the original's channel, list and JSON can play the operator", {
  timeout: 180_000,
}, async () => {
  const operator = join(PROJECT_DIR, "lab/scenarios/raw_operator.py");
  const { exitCode, stdout } = await rehearse("--json", "--operator", operator, "--timeout", "120");
  const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  expect(report).toMatchObject({ done: true, failures: [], asked: 2, messages: { sent: 10, handled: 10 } });
  expect(exitCode).toBe(0);
});

test("options that are not understood are refused with the usage", async () => {
  const { exitCode, stderr } = await rehearse("--break", "bones");
  expect(exitCode).toBe(1);
  expect(stderr).toContain("usage: ./minilab rehearse");
});
