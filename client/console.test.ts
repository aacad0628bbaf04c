/** The real console, as a process, against a real redis-server. */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Bus, CallPlace } from "../agents/bus/bus.ts";
import { connectRedisBus } from "../agents/bus/redis-bus.ts";
import { turnKey } from "../agents/bus/redis-schema.ts";
import { RedisStore } from "../agents/bus/redis-store.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { type RedisServer, startRedisServer } from "../agents/testing/redis-server.ts";
import { type ConsoleRun, type RunOptions, runConsole } from "./testing/run-console.ts";

const TERMINAL = { rows: 24, columns: 80 };
const SIX_LINES =
  "Please build the cluster:\n\t- two nodes, ä ö 😀\n\n  - a bridge vmbr1\nSTOP\nand report to @QA_Tester when done.";

const signal = AbortSignal.timeout(120_000);

let server: RedisServer;
let bus: Bus;
const runs: ConsoleRun[] = [];

beforeAll(async () => {
  server = await startRedisServer();
});

afterAll(async () => await server.close());

beforeEach(async () => {
  bus = connectRedisBus({ url: server.url, name: "test", redactor: createRedactor([]) });
  const up = Promise.withResolvers<void>();
  bus.watch((event) => event.kind === "connection" && event.state === "up" && up.resolve());
  await up.promise;
  await bus.command("CLEAR", { signal });
});

afterEach(async () => {
  await Promise.all(runs.splice(0).map((run) => run.stop()));
  await bus.close();
});

async function start(options: Omit<RunOptions, "url"> = {}): Promise<ConsoleRun> {
  const run = await runConsole({ url: server.urlOf("console"), ...options });
  runs.push(run);
  if (options.terminal) await run.until("Session ");
  return run;
}

async function contents(): Promise<string[]> {
  return (await bus.history({ signal })).filter(({ fact }) => !fact).map((message) => message.content);
}

describe("on a terminal", () => {
  test("a marked paste of six lines is exactly one message, byte for byte (F02)", async () => {
    const run = await start({ terminal: TERMINAL });
    run.write(`\x1b[200~${SIX_LINES.replaceAll("\n", "\r")}\r\x1b[201~`);
    await run.until("[pasted 6 lines");
    run.write("\r");
    await run.until("when done.");
    run.write("/exit\r");
    expect(await run.exit()).toBe(0);
    expect(await contents()).toEqual([`${SIX_LINES}\n`]);
  });

  test.each(["\r", "\n"])(
    "an unmarked paste with %j as line ends is exactly one message (F02)",
    async (lineEnd) => {
      const run = await start({ terminal: TERMINAL });
      run.write(SIX_LINES.replaceAll("\n", lineEnd) + lineEnd);
      await run.until("User → QA_Tester");
      run.write("\x04");
      expect(await run.exit()).toBe(0);
      expect(await contents()).toEqual([SIX_LINES]);
    },
  );

  test("a message typed while 3,000 lines come in arrives as typed (F09)", async () => {
    const run = await start({ terminal: TERMINAL });
    for (let line = 0; line < 3_000; line++) {
      if (line % 300 === 0) run.write(String(line / 300));
      bus.show({ kind: "thought", role: "QA_Tester", content: ours(`output line ${line}`), timestamp: "" });
      if (line % 100 === 0) await bus.control({ signal });
    }
    await run.until("output line 2999");
    await run.until("you> 0123456789");
    run.write("\r");
    await run.until("User → Architect_Zero");
    await run.until("you> ");
    run.write("STOP\r");
    await run.until("The team is stopped");
    expect(await contents()).toEqual(["0123456789"]);
    expect(await bus.control({ signal })).toMatchObject({ state: "stopped" });
  });

  test("a near-miss of STOP is asked about and sent by one key (F09)", async () => {
    const run = await start({ terminal: TERMINAL });
    run.write("STPO\r");
    await run.until("did you mean STOP?");
    run.write("y");
    await run.until("The team is stopped");
    expect(await contents()).toEqual([]);
  });

  test("the pager gets the terminal, and what came meanwhile is shown when it ends (R50)", async () => {
    const folder = await mkdtemp(join(tmpdir(), "minilab-pager-"));
    const pager = join(folder, "pager");
    await writeFile(pager, PAGER, { mode: 0o755 });
    const run = await start({ terminal: TERMINAL, env: { PAGER: pager } });
    const call = { role: "QA_Tester", messageId: "m.User", callId: "1.1" } as const;
    await recordOutcome(call, "what it printed");
    const text = { tool: ours("run_ssh"), target: ours("pve1"), gist: ours("qm list"), cause: ours("") };
    const end = { outcome: "ok", exitCode: 0, changes: "nothing", ms: 5 } as const;
    bus.show({ kind: "call", ...call, ...text, ...end });
    await run.until("run_ssh pve1: qm list · ok · 0.0 s [1]");
    run.write("/output 1\r");
    await run.until("PAGER:what it printed");
    bus.show({ kind: "thought", role: "QA_Tester", content: ours("meanwhile"), timestamp: "" });
    run.write("q\r");
    await run.until("LEFT:q");
    await run.until("meanwhile");
    run.write("after it\r");
    await run.until("User → Architect_Zero:\x1b[0m after it");
    await rm(folder, { recursive: true });
  });

  test("a login that Redis refuses is told with the remedy, once (O10)", async () => {
    const url = `redis://console:wrong@127.0.0.1:${server.port}`;
    const run = await runConsole({ url, terminal: { rows: 24, columns: 400 } });
    runs.push(run);
    await run.until("Redis refuses this console");
    await run.until("Start the team and its console anew");
    run.write("/status\r");
    await run.until("Redis     away");
    expect(run.output().split("Redis refuses this console")).toHaveLength(2);
  });

  test("NO_COLOR is obeyed (O09)", async () => {
    const run = await start({ terminal: TERMINAL, env: { NO_COLOR: "1" } });
    bus.show({ kind: "notice", source: "QA_Tester", content: ours("not so red"), timestamp: "" });
    await run.until("not so red");
    run.write("STOP\r");
    await run.until("stopped");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
    expect(run.output()).not.toMatch(/\x1b\[[\d;]*m/);
  });

  test("where a terminal can only print, one Ctrl+C says what a second one does, and that one leaves (O09)", async () => {
    const run = await start({ terminal: TERMINAL, env: { TERM: "dumb" } });
    run.write("\x03");
    await run.until("Ctrl+C again, or exit, leaves");
    run.write("xSTOP\n");
    await run.until("did you mean STOP?");
    run.write("y\n");
    await run.until("The team is stopped");
    run.write("\x03");
    await run.until("Ctrl+C again, or exit, leaves");
    run.write("\x03");
    expect(await run.exit()).toBe(0);
    expect(run.output()).not.toContain("\x1b");
  });

  test.each<[string, (run: ConsoleRun) => void, number]>([
    ["exit", (run) => run.write("exit\r"), 0],
    ["Ctrl+D", (run) => run.write("\x04"), 0],
    ["Ctrl+C twice", (run) => run.write("\x03\x03"), 0],
    ["SIGTERM", (run) => run.signal("SIGTERM"), 143],
  ])("%s leaves, and the terminal is as it was", async (_, leave, code) => {
    const run = await start({ terminal: TERMINAL });
    leave(run);
    expect(await run.exit()).toBe(code);
    expect(run.output()).toContain("\x1b[?2004l");
    expect(run.output()).toContain("[terminal restored]");
  });

  test("works where the size is 0x0, and Enter prints a prompt again", async () => {
    const run = await start({ terminal: { rows: 0, columns: 0 } });
    await run.until("you> ");
    run.write("\r");
    await run.until("you> ");
    run.write("hello\r");
    await run.until("User → Architect_Zero");
    run.write("exit\r");
    expect(await run.exit()).toBe(0);
    expect(await contents()).toEqual(["hello"]);
  });

  test("what is typed while Redis is away is kept, said once, and arrives once", async () => {
    const run = await start({ terminal: TERMINAL });
    await server.kill();
    await run.until("Redis is away");
    run.write("first\r");
    await run.until("Not sent yet");
    run.write("second\r");
    await run.until("2 not sent yet");
    run.write("exit\r");
    await run.until("Leave again");
    await server.start();
    await run.until("What was kept has been sent.");
    run.write("exit\r");
    expect(await run.exit()).toBe(0);
    expect(await contents()).toEqual(["first", "second"]);
    expect(run.output().match(/Redis is away \(/g)).toHaveLength(1);
    expect(run.output().match(/Redis is there/g)).toHaveLength(1);
    expect(run.output().match(/kept, and sent/g)).toHaveLength(1);
  });
});

describe("in a pipe", () => {
  test("a burst is one message, plain, and the end of input leaves when it is confirmed (F02)", async () => {
    const run = await start();
    run.write(`${SIX_LINES.replace("STOP", "stop it")}\n`);
    run.end();
    expect(await run.exit()).toBe(0);
    expect(await contents()).toEqual([SIX_LINES.replace("STOP", "stop it")]);
    expect(run.output()).not.toContain("\x1b");
  });

  test("a control word on its own line is acted on, with --text it is not", async () => {
    const run = await start();
    run.write("hello\nSTOP\n");
    run.end();
    expect(await run.exit()).toBe(0);
    expect([await contents(), (await bus.control({ signal })).state]).toEqual([["hello"], "stopped"]);
    const whole = await start({ args: ["--text"] });
    whole.write("hello\nSTOP\n");
    whole.end();
    expect(await whole.exit()).toBe(0);
    expect([await contents(), (await bus.control({ signal })).state]).toEqual([
      ["hello", "hello\nSTOP\n"],
      "running",
    ]);
  });

  test("what cannot be sent ends in exit code 1", async () => {
    const run = await start();
    run.write("/nothing\n");
    run.end();
    expect(await run.exit()).toBe(1);
    expect(run.output()).toContain("nothing was sent");
  });

  test("--follow stays and shows what is said, with the logs beside it (F18)", async () => {
    const run = await start({ args: ["--follow"] });
    run.end();
    await run.until("Session ");
    await bus.send({ id: "1.User", sender: "User", to: [], content: ours("wake") }, { signal });
    await bus.send(
      { id: "2.QA_Tester", sender: "QA_Tester", to: [], content: ours("\x1b]0;evil\x07 done") },
      { signal },
    );
    await run.until("QA_Tester: \\x1b]0;evil\\x07 done");
    run.signal("SIGTERM");
    expect(await run.exit()).toBe(143);
    const logs = join(run.directory, "client", "logs");
    const files = (await readdir(logs)).toSorted();
    expect(files).toEqual([
      expect.stringMatching(/^conversation_\d{8}_\d{6}\.jsonl$/),
      expect.stringMatching(/^conversation_\d{8}_\d{6}\.log$/),
    ]);
    const [records, log] = await Promise.all(files.map((file) => readFile(join(logs, file), "utf8")));
    expect(records).toContain('"id":"2.QA_Tester"');
    expect(log).toContain("QA_Tester: \\x1b]0;evil\\x07 done");
  });

  test("without Redis it says so, keeps the message and sends it when Redis is there", async () => {
    await server.kill();
    const run = await start();
    run.write("wait for me\n");
    run.end();
    await run.until("Not sent yet");
    const isBack = Promise.withResolvers<void>();
    bus.watch((event) => event.kind === "connection" && event.state === "up" && isBack.resolve());
    await server.start();
    expect(await run.exit()).toBe(0);
    await isBack.promise;
    expect(await contents()).toEqual(["wait for me"]);
  });
});

/** Shows what it is given, and waits for a line on the terminal, as pagers do. */
const PAGER = '#!/bin/sh\necho "PAGER:$(cat)"; read -r line </dev/tty; echo "LEFT:$line"\n';

/** As the role's own process writes it. */
async function recordOutcome({ role, messageId, callId }: CallPlace, stdout: string): Promise<void> {
  const outcome = { kind: "ok", exitCode: 0, stdout, stderr: "", truncated: false, artifact: null };
  const store = new RedisStore(server.urlOf(role), "test");
  await store.connected(signal);
  await store.command(["HSET", turnKey(role, messageId), `outcome:${callId}`, JSON.stringify(outcome)]);
  await store.close();
}
