import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  commandSpec,
  createTestWorkspace,
  newCallId,
  SANDBOXES,
  type TestWorkspace,
} from "../../testing/workspace.ts";
import type { CallId } from "./call-id.ts";
import type { CommandResult, CommandRunner, CommandSpec } from "./command.ts";
import { CallProcesses } from "./descendants.ts";

let lab: TestWorkspace;
beforeAll(async () => {
  lab = await createTestWorkspace();
});
afterAll(() => lab.remove());

describe.each(SANDBOXES)("a command in sandbox %s", (choice) => {
  let runner: CommandRunner;
  beforeAll(async () => {
    runner = await lab.runner(choice);
  });

  const bash = (script: string, changes: Partial<CommandSpec> = {}): Promise<CommandResult> =>
    runner.run(commandSpec({ argv: ["bash", "-c", script], ...changes }));

  it("ends with its exit code, streams apart (F43)", async () => {
    const result = await bash("echo out; echo err >&2; exit 3");
    expect(result).toMatchObject({ kind: "exited", exitCode: 3 });
    expect([result.stdout.text, result.stderr.text]).toEqual(["out\n", "err\n"]);
  });

  it("gets arguments as they are, never split by a shell", async () => {
    const result = await bash("", { argv: ["printf", "%s|", "a b", "$HOME", ";ls", "'"] });
    expect(result.stdout.text).toBe("a b|$HOME|;ls|'|");
  });

  it("reads its input to the end, and an empty one when none is given", async () => {
    expect((await bash("cat", { input: "täxt" })).stdout.text).toBe("täxt");
    expect((await bash("cat; echo end")).stdout.text).toBe("end\n");
  });

  it("has nothing of the agent's environment (F59)", async () => {
    process.env["CANARY_SECRET"] = "canary-4711";
    try {
      const result = await bash("env; cat /proc/self/environ", { env: { GIVEN: "yes" } });
      expect(result.stdout.text).not.toContain("canary-4711");
      const names = result.stdout.text.split("\n").flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
      const expected = ["GIVEN", "HOME", "LANG", "MINILAB_CALL", "PATH", "PWD", "SHLVL", "TERM", "_"];
      expect([...new Set(names)].sort()).toEqual(expected.sort());
    } finally {
      delete process.env["CANARY_SECRET"];
    }
  });

  it("inherits no descriptor, also none that the agent was started with", async () => {
    const script = 'exec 200</etc/hostname; "$@"'; // bash opens it without close-on-exec
    const child = spawn(
      "bash",
      ["-c", script, "bash", process.execPath, "--input-type=module", "--eval", FD_PROGRAM],
      {
        env: { DIRECTORY: lab.directory, SANDBOX: choice },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const [chunk] = await once(child.stdout, "data");
    expect(String(chunk)).toBe("0 1 2 3 \n"); // 3 is what ls reads
  });

  it("that does not exist was not started", async () => {
    const result = await bash("", { argv: ["no-such-program-here"] });
    expect(result).toMatchObject({ kind: "not-started", exitCode: null });
    expect(result.stderr.text).toContain("no-such-program-here");
  });

  it("is refused in a folder outside of the workspace (F68)", async () => {
    await expect(bash("true", { cwd: "/etc" })).rejects.toMatchObject({ code: "not_allowed" });
    await expect(bash("true", { cwd: "/app/infra/none" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("is never started when it was cancelled before", async () => {
    const marker = join(lab.workspace["/app/infra"], `started-${choice}`);
    const result = await bash(`touch started-${choice}`, { signal: AbortSignal.abort() });
    expect(result.kind).toBe("cancelled");
    await expect(stat(marker)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("killed by a signal is no success", async () => {
    const { kind, exitCode, signalName } = await bash("kill -KILL $$");
    expect({ kind, isOk: exitCode === 0 }).toEqual({ kind: "exited", isOk: false });
    expect(exitCode === 137 || signalName === "SIGKILL").toBe(true);
  });

  it("leaves no background child, whatever the child did to get away (F51)", async () => {
    const callId = newCallId();
    const script = "sleep 600 & setsid sleep 600 & (setsid sleep 600 >/dev/null 2>&1 &) ; echo done";
    const result = await bash(script, { callId });
    expect(result).toMatchObject({ kind: "exited", exitCode: 0 });
    expect(result.stdout.text).toBe("done\n");
    expect(livePids(callId)).toEqual([]);
  });

  it("keeps its time limit, descendants in other sessions that ignore SIGTERM included (F10)", async () => {
    const callId = newCallId();
    const script = `trap '' TERM; setsid bash -c "trap '' TERM; while :; do sleep 1; done" & while :; do sleep 1; done`;
    const result = await bash(script, { callId, timeoutMs: 300, graceMs: 100 });
    expect(result).toMatchObject({ kind: "timeout" });
    expect(result.exitCode).not.toBe(0);
    expect(livePids(callId)).toEqual([]);
  });

  it("is cancelled by its signal, what it said until then is kept (F10)", async () => {
    const stop = new AbortController();
    const callId = newCallId();
    const running = bash(`echo begun; touch ready-${choice}; while :; do sleep 0.05; done`, {
      signal: stop.signal,
      callId,
    });
    await fileAppears(join(lab.workspace["/app/infra"], `ready-${choice}`));
    stop.abort();
    const result = await running;
    expect(result).toMatchObject({ kind: "cancelled" });
    expect(result.stdout.text).toBe("begun\n");
    expect(livePids(callId)).toEqual([]);
  });

  it("may finish its work on the first signal", async () => {
    const script = `trap 'echo saved; exit 0' INT; echo > saving-${choice}; while :; do sleep 0.05; done`;
    const stop = new AbortController();
    const running = bash(script, { signal: stop.signal, stopSignal: "SIGINT", graceMs: 10_000 });
    await fileAppears(join(lab.workspace["/app/infra"], `saving-${choice}`));
    stop.abort();
    expect(await running).toMatchObject({ kind: "cancelled", exitCode: 0, stdout: { text: "saved\n" } });
  });

  it("does not go on with its next command when the one at work is ended", async () => {
    for (let time = 0; time < 15; time++) {
      const stop = new AbortController();
      const running = bash(`touch next-${choice}-${time}; sleep 60; echo went on`, { signal: stop.signal });
      await fileAppears(join(lab.workspace["/app/infra"], `next-${choice}-${time}`));
      stop.abort();
      expect(await running).toMatchObject({ kind: "cancelled", stdout: { text: "" } });
    }
  });

  it("with 100 MB of output leaves memory alone and a file of 50 MB (F21)", async () => {
    const before = process.memoryUsage().rss;
    const result = await bash("head -c 100000000 /dev/zero | tr '\\0' x");
    expect(result).toMatchObject({ kind: "exited", exitCode: 0 });
    expect(result.stdout).toMatchObject({ totalBytes: 100_000_000, truncated: true });
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(120);
    expect(result.stdout.text.length).toBeLessThan(50_000);
    expect((await stat(result.stdout.file ?? "")).size).toBeLessThan(53_000_000);
  });

  it("that never stops talking is stopped like any other", async () => {
    const callId = newCallId();
    expect(await bash("yes", { callId, timeoutMs: 300 })).toMatchObject({ kind: "timeout" });
    expect(livePids(callId)).toEqual([]);
  });
});

describe("the sweep after a call", () => {
  it("leaves the processes of another call alone", async () => {
    const other: ChildProcess = spawn("sleep", ["600"], {
      env: { MINILAB_CALL: "another-call" },
      detached: true,
    });
    await once(other, "spawn");
    try {
      const runner = await lab.runner("none");
      const spec = { cwd: "/app/infra", timeoutMs: 20_000, isolation: "workspace" } as const;
      const signal = new AbortController().signal;
      await runner.run({ ...spec, argv: ["true"], callId: newCallId(), signal });
      expect(other.exitCode ?? other.signalCode).toBeNull();
    } finally {
      other.kill("SIGKILL");
      await once(other, "exit");
    }
  });

  it("finds a child without the mark, as long as its parent has it", async () => {
    const runner = await lab.runner("none");
    const callId = newCallId();
    const script = "env -i setsid sleep 600 & echo $! > pid; wait";
    const result = await runner.run({
      argv: ["bash", "-c", script],
      cwd: "/app/infra",
      timeoutMs: 300,
      callId,
      isolation: "workspace",
      signal: new AbortController().signal,
    });
    const pid = Number(readFileSync(join(lab.workspace["/app/infra"], "pid"), "utf8"));
    expect(result.kind).toBe("timeout");
    expect(isAlive(pid)).toBe(false);
  });
});

const FD_PROGRAM = `
import { openTestWorkspace } from ${JSON.stringify(new URL("../../testing/workspace.ts", import.meta.url).href)};
const { DIRECTORY, SANDBOX } = process.env;
const runner = await (await openTestWorkspace(DIRECTORY)).runner(SANDBOX);
const result = await runner.run({
  argv: ["bash", "-c", "ls /proc/self/fd | tr '\\n' ' '"],
  cwd: "/app/infra", timeoutMs: 20_000, callId: "fds", isolation: "workspace", signal: new AbortController().signal,
});
console.log(result.stdout.text);
`;

function livePids(callId: CallId): number[] {
  return new CallProcesses(callId).pids();
}

/** A process that only waits to be collected by its new parent is not alive. */
function isAlive(pid: number): boolean {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : ") Z";
  return !/\) [ZX]/.test(stat);
}

async function fileAppears(path: string): Promise<void> {
  while (!(await stat(path).catch(() => undefined))) await delay(5);
}
