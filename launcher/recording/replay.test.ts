import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { loadConfig } from "../../agents/base/config.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { draft, nextEvent } from "../../agents/testing/bus-contract.ts";
import { type RedisServer, startRedisServer } from "../../agents/testing/redis-server.ts";
import { startTestAgent, type TestAgent } from "../../agents/testing/test-agent.ts";
import { act, afterwards, hasTool, toolDoing } from "../../agents/testing/test-team.ts";
import type { toolsOf } from "../../agents/tools/permissions.ts";
import type { Tool } from "../../agents/tools/tool.ts";
import { PROJECT_DIR } from "../team/project.ts";
import { readRecording } from "./recording.ts";
import { replay } from "./replay.ts";
import { sessionLines } from "./session-lines.ts";
import { writeRecordingFile } from "./write-recording.ts";

const signal = new AbortController().signal;
const redactor = createRedactor([]);
const config = loadConfig({ PROJECT_DIR });
const ROLE = "DevOps_Builder";
let server: RedisServer;
let bus: ReturnType<typeof connectRedisBus>;
let folder: string;
let agents: TestAgent[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minilab-replay-"));
  server = await startRedisServer();
  bus = connectRedisBus({ url: server.url, name: "test", redactor, leaseMs: 500 });
  await nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
});
afterAll(async () => {
  await bus.close();
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  agents = [];
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await bus.command("CLEAR", { signal });
});

const act1 = toolDoing(async () => ({ stdout: "done" }));

async function start(tool: Tool, answer: Parameters<typeof startTestAgent>[0]["answer"]): Promise<TestAgent> {
  const agent = await startTestAgent({ bus, role: ROLE, tools: [tool], answer });
  agents.push(agent);
  return agent;
}

/** A call that goes on until its agent ends, and the moment at which it has begun. */
function endless(): { tool: Tool; begun: Promise<void> } {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const tool = toolDoing((_, { call }) => {
    resolve();
    const { signal: ending } = call;
    return afterwards(
      new Promise((_, reject) => ending.addEventListener("abort", () => reject(ending.reason))),
    );
  });
  return { tool, begun };
}

const ended = (agent: TestAgent) => agent.next((event) => event.kind === "turn_ended");
const say = (text: string) => bus.send(draft("User", [ROLE], text), { signal });

/** The session so far, as a file. */
async function recorded(name: string): Promise<string> {
  const { session } = await bus.control({ signal });
  const store = new RedisStore(server.urlOf("console"), "export");
  const file = join(folder, `${name}.jsonl`);
  try {
    await vi.waitFor(() => store.command(["PING"])); // it is connecting
    await writeRecordingFile(sessionLines(store, { session, redactor }), file, { signal });
  } finally {
    await store.close();
  }
  return file;
}

/** As if the tool of the test were the role's own. */
const tools: typeof toolsOf = (_, inner = (tool) => tool) =>
  new Map([["act", { tool: inner(act1), access: "full" }]]);

async function replayed(name: string, options: Partial<Parameters<typeof replay>[1]> = {}) {
  const recording = await readRecording(await recorded(name), redactor);
  expect([recording.altered, recording.flaws]).toEqual([[], []]);
  return await replay(recording, { config, redactor, signal, tools, ...options });
}

test("a turn with calls, a correction and a last word is replayed as it was", async () => {
  const answers = [
    act(1),
    { calls: [{ tool: "sing", args: {} }] },
    { text: "@Nobody_Here: done" },
    { text: "done" },
  ];
  const agent = await start(act1, (_, index) => answers[index] ?? { text: "too many" });
  const over = ended(agent);
  await say("work");
  await over;
  expect(await replayed("whole")).toMatchObject({ turns: 1, steps: 4, calls: 2, differences: [] });
});

test("so is one whose agent ended in the midst of a call, and what the next life made of it", async () => {
  const { tool, begun } = endless();
  const first = await start(tool, (request) => (hasTool(request) ? { text: "done" } : act(1)));
  await say("work");
  await begun;
  await first.stop();
  const second = await start(act1, (request) => (hasTool(request) ? { text: "done" } : act(1)));
  await ended(second);
  const { turns, differences } = await replayed("crash");
  expect([turns, differences]).toEqual([1, []]);
});

test("so is one that STOP cut off, and the fact that tells of it", async () => {
  const { tool, begun } = endless();
  const agent = await start(tool, (request) => (hasTool(request) ? { text: "done" } : act(1)));
  await say("work");
  await begun;
  const over = ended(agent);
  await bus.command("STOP", { signal });
  await over;
  const { turns, differences } = await replayed("stop");
  expect([turns, differences]).toEqual([1, []]);
});

test("what the rules of today do otherwise is named at its step", async () => {
  const agent = await start(act1, (_, index) => (index < 2 ? act(index) : { text: "done" }));
  const over = ended(agent);
  const { id } = await say("work");
  await over;
  const refusing: typeof toolsOf = (role, inner) => {
    const [[name, granted] = []] = [...tools(role, inner)];
    if (!name || !granted) return new Map();
    const effect: Tool["effect"] = (input) => ((input as { n: number }).n === 1 ? "read" : "infrastructure");
    return new Map([[name, { ...granted, tool: { ...granted.tool, effect } }]]);
  };
  expect((await replayed("effect", { tools: refusing })).differences).toEqual([
    {
      place: { role: ROLE, message: id, at: "intent:2.1" },
      recorded: '{"tool":"act","target":"thing","effect":"infrastructure"}',
      now: '{"tool":"act","target":"thing","effect":"read"}',
    },
  ]);
  const short = await replayed("steps", { config: { ...config, MAX_STEPS: 1 } });
  expect(short.differences).toMatchObject([{ place: { at: "reply:2" }, now: "nothing" }]);
});

test("the command says so, and neither writes, nor starts a program, nor needs a team", async () => {
  const agent = await start(act1, (_, index) => (index === 0 ? act(1) : { text: "done" }));
  const over = ended(agent);
  await say("work");
  await over;
  const file = await recorded("command");
  const argv = ["--permission", "--allow-fs-read=*", join(PROJECT_DIR, "launcher/main.ts"), "replay", file];
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>(
    (resolve) =>
      execFile(process.execPath, argv, { env: {} }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      ),
  );
  expect([code, stderr.replaceAll(/^.*Warning.*\n/gm, "")]).toEqual([1, ""]);
  expect(stdout).toMatch(/DevOps_Builder, turn about \S{8}, intent:1\.1\n {2}recorded {2}\{"tool":"act"/);
  expect(stdout).toMatch(/1 turns, 2 steps, 1 calls: 1 differences/);
});

test("a file that is no recording is refused in one line", async () => {
  await expect(readRecording(join(folder, "absent"), redactor)).rejects.toThrow("cannot be read");
  await expect(readRecording(join(PROJECT_DIR, "package.json"), redactor)).rejects.toThrow(
    /line 1 of .* is none of a recording/,
  );
});
