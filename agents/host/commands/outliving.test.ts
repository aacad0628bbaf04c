import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FILE_BYTES } from "../../base/truncate.ts";
import { createTestWorkspace, newCallId, SANDBOXES, type TestWorkspace } from "../../testing/workspace.ts";
import type { CallId } from "./call-id.ts";
import type { CommandRunner, CommandSpec } from "./command.ts";
import { CallProcesses } from "./descendants.ts";
import { CONTROL_GROUPS } from "./runner.ts";

let lab: TestWorkspace;
beforeAll(async () => {
  lab = await createTestWorkspace();
});
afterAll(() => lab.remove());

const never = new AbortController().signal;
const STUBBORN = `trap '' TERM; setsid bash -c "trap '' TERM; while :; do sleep 0.1; done" & while :; do sleep 0.1; done`;

describe.each(SANDBOXES)("a command whose agent was killed, in sandbox %s", (choice) => {
  let runner: CommandRunner;
  beforeAll(async () => {
    runner = await lab.runner(choice);
  });

  /** Another program starts the command and is killed -9 once the command is at work. */
  async function startAndDie(callId: CallId, script: string, changes: Partial<CommandSpec> = {}) {
    const begun = join(lab.workspace["/app/infra"], `begun-${callId}`);
    const argv = ["bash", "-c", `touch begun-${callId}; ${script}`];
    const spec = { argv, cwd: "/app/infra", timeoutMs: 60_000, callId, isolation: "workspace", ...changes };
    const agent = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
      env: { DIRECTORY: lab.directory, SANDBOX: choice, SPEC: JSON.stringify(spec) },
      stdio: ["ignore", "ignore", "inherit"],
    });
    await appears(begun);
    await kill(agent);
  }

  const letGo = (callId: string) => writeFile(join(lab.workspace["/app/infra"], `go-${callId}`), "");
  const whenLetGo = (callId: string, then: string) =>
    `echo begun; until test -e go-${callId}; do sleep 0.02; done; ${then}`;

  it("goes on; who adopts it waits for it and gets all of it", async () => {
    const callId = newCallId();
    await startAndDie(callId, whenLetGo(callId, "seq 30000; echo why >&2; exit 3"));
    const adopted = runner.adopt(callId, { signal: never });
    await letGo(callId);
    const result = await adopted;
    expect(result).toMatchObject({ kind: "exited", exitCode: 3, stderr: { text: "why\n" } });
    expect(result?.stdout.text).toMatch(/^begun\n1\n[\s\S]*\n30000\n$/);
    expect(await readFile(result?.stdout.file ?? "", "utf8")).toMatch(
      /^begun\n1\n[\s\S]*\n15000\n[\s\S]*\n30000\n$/,
    );
    expect(livePids(callId)).toEqual([]);
  });

  it("leaves its result, which is the same however often it is adopted, until it is forgotten", async () => {
    const callId = newCallId();
    await startAndDie(callId, whenLetGo(callId, "echo done"));
    await letGo(callId);
    await appears(join(lab.calls, callId, "command", "result"));
    const first = await runner.adopt(callId, { signal: never });
    expect(first).toMatchObject({ kind: "exited", exitCode: 0, stdout: { text: "begun\ndone\n" } });
    expect(await runner.adopt(callId, { signal: never })).toEqual(first);
    await runner.end(callId);
    expect(await runner.adopt(callId, { signal: never })).toBeUndefined();
  });

  it("belongs to who adopted it: its first owner, back from a freeze, leaves it alone", async () => {
    const callId = newCallId();
    const frozen = new AbortController();
    const argv = ["bash", "-c", whenLetGo(callId, "echo done")] as const;
    const spec = { argv, cwd: "/app/infra", timeoutMs: 60_000, callId, isolation: "workspace" } as const;
    const first = runner.run({ ...spec, signal: frozen.signal });
    const successor = await lab.runner(choice);
    await appears(join(lab.calls, callId, "command", "pid"));
    const adopted = successor.adopt(callId, { signal: never });
    await appears(join(lab.calls, callId, "command", "adopter"));
    frozen.abort();
    expect(await first).toMatchObject({ kind: "cancelled" });
    await letGo(callId);
    expect(await adopted).toMatchObject({ kind: "exited", stdout: { text: "begun\ndone\n" } });
  });

  it("keeps its time limit, with all descendants (F10)", async () => {
    const callId = newCallId();
    await startAndDie(callId, STUBBORN, { timeoutMs: 1_500, graceMs: 100 });
    await appears(join(lab.calls, callId, "command", "result"));
    expect(await runner.adopt(callId, { signal: never })).toMatchObject({ kind: "timeout" });
    expect(livePids(callId)).toEqual([]);
  });

  it("is cancelled through its adoption, with all descendants (F10)", async () => {
    const callId = newCallId();
    await startAndDie(callId, STUBBORN, { graceMs: 100 });
    const stop = new AbortController();
    const adopted = runner.adopt(callId, { signal: stop.signal });
    stop.abort();
    expect(await adopted).toMatchObject({ kind: "cancelled" });
    expect(livePids(callId)).toEqual([]);
  });

  it("may finish its work when nobody resumes its call, and others are left alone", async () => {
    const [callId, other] = [newCallId(), newCallId()];
    await startAndDie(callId, `trap 'touch saved-${callId}; exit' INT; while :; do sleep 0.05; done`, {
      stopSignal: "SIGINT",
    });
    await startAndDie(other, whenLetGo(other, "echo other"));
    await runner.end(callId);
    expect(livePids(callId)).toEqual([]);
    expect(await appears(join(lab.workspace["/app/infra"], `saved-${callId}`))).toBeUndefined();
    await letGo(other);
    expect(await runner.adopt(other, { signal: never })).toMatchObject({
      stdout: { text: "begun\nother\n" },
    });
  });

  it("is ended before its call is begun again", async () => {
    const callId = newCallId();
    await startAndDie(callId, STUBBORN);
    const before = livePids(callId);
    const spec = {
      cwd: "/app/infra",
      timeoutMs: 20_000,
      callId,
      isolation: "workspace",
      signal: never,
    } as const;
    const again = await runner.run({ ...spec, argv: ["echo", "again"] });
    expect(again).toMatchObject({ kind: "exited", exitCode: 0, stdout: { text: "again\n" } });
    expect(before.length).toBeGreaterThan(0);
    expect(livePids(callId)).toEqual([]);
  });

  it("is unknown when its runner was killed as well, and then it does not run on", async () => {
    const callId = newCallId();
    await startAndDie(callId, STUBBORN);
    const adopted = runner.adopt(callId, { signal: never });
    const pid = Number(await readFile(join(lab.calls, callId, "command", "pid"), "utf8"));
    process.kill(pid, "SIGKILL");
    expect(await adopted).toBeUndefined();
    expect(livePids(callId)).toEqual([]);
    for (const groups of CONTROL_GROUPS) expect(existsSync(join(groups, `minilab-${pid}`))).toBe(false);
  });

  it("and another at the same time keep their outputs apart", async () => {
    const ids = [newCallId(), newCallId()];
    await Promise.all(ids.map((callId) => startAndDie(callId, whenLetGo(callId, `echo ${callId}`))));
    const adopted = ids.map((callId) => runner.adopt(callId, { signal: never }));
    await Promise.all(ids.map(letGo));
    const results = await Promise.all(adopted);
    expect(results.map((result) => result?.stdout.text)).toEqual(ids.map((id) => `begun\n${id}\n`));
  });
});

describe("the state of a call", () => {
  const spec = { cwd: "/app/infra", timeoutMs: 20_000, isolation: "workspace", signal: never } as const;

  it("is unknown to whoever asks for a call that never was", async () => {
    const runner = await lab.runner();
    expect(await runner.adopt(newCallId(), { signal: never })).toBeUndefined();
  });

  it("belongs to this user alone, and no command sees it (F62)", async () => {
    const runner = await lab.runner();
    const callId = newCallId();
    const result = await runner.run({ ...spec, callId, argv: ["test", "-e", lab.calls], input: "secret" });
    expect(result).toMatchObject({ kind: "exited", exitCode: 1 });
    const folder = join(lab.calls, callId, "command");
    const names = await readdir(folder);
    expect(names.sort()).toEqual(["input", "pid", "result", "stderr", "stdout"]);
    const modes = await Promise.all([folder, ...names.map((name) => join(folder, name))].map(modeOf));
    expect(modes).toEqual([0o700, ...names.map(() => 0o600)]);
  });

  it.each([
    ["kills its runner", "kill -KILL $PPID"],
    ["removes the state of its call", 'rm -rf "$0"'],
    ["stands in the way of its result", 'mkdir "$0/result.part"'],
  ])("is no success and leaves no process when a command without a sandbox %s", async (_, sabotage) => {
    const runner = await lab.runner("none");
    const callId = newCallId();
    const argv = [
      "bash",
      "-c",
      `sleep 600 & ${sabotage}; exit 0`,
      join(lab.calls, callId, "command"),
    ] as const;
    const result = await runner.run({ ...spec, callId, argv });
    expect(result).toMatchObject({ exitCode: null, signalName: "SIGKILL" });
    expect(livePids(callId)).toEqual([]);
  });

  it("holds no more than its limit of endless output, whose end is told all the same (F21)", async () => {
    const runner = await lab.runner();
    const callId = newCallId();
    const argv = ["bash", "-c", "head -c 100000000 /dev/zero | tr '\\0' x; echo the end"] as const;
    const { stdout } = await runner.run({ ...spec, callId, argv });
    expect(stdout.totalBytes).toBe(100_000_008);
    expect(stdout.text.endsWith("x\nthe end\n") || stdout.text.endsWith("xthe end\n")).toBe(true);
    expect((await stat(join(lab.calls, callId, "command", "stdout"))).size).toBe(FILE_BYTES);
  });

  it("with the number of another process does not harm that one", async () => {
    const runner = await lab.runner();
    const callId = newCallId();
    const stranger = spawn("sleep", ["600"]);
    await mkdir(join(lab.calls, callId, "command"), { recursive: true });
    await writeFile(join(lab.calls, callId, "command", "pid"), String(stranger.pid));
    expect(await runner.adopt(callId, { signal: never })).toBeUndefined();
    await runner.end(callId);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    await kill(stranger);
  });
});

const PROGRAM = `
import { openTestWorkspace } from ${JSON.stringify(new URL("../../testing/workspace.ts", import.meta.url).href)};
const { DIRECTORY, SANDBOX, SPEC } = process.env;
const runner = await (await openTestWorkspace(DIRECTORY)).runner(SANDBOX);
await runner.run({ ...JSON.parse(SPEC), signal: new AbortController().signal });
`;

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

function livePids(callId: CallId): number[] {
  return new CallProcesses(callId).pids();
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

async function appears(path: string): Promise<void> {
  while (!(await stat(path).catch(() => undefined))) await delay(5);
}
