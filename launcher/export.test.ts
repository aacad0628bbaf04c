import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bus, Delivery } from "../agents/bus/bus.ts";
import { connectRedisBus } from "../agents/bus/redis-bus.ts";
import { addStep, NO_TOKENS } from "../agents/protocol/spending.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { draft, nextEvent, receiveCount } from "../agents/testing/bus-contract.ts";
import { type RedisServer, startRedisServer } from "../agents/testing/redis-server.ts";
import { decodeLine } from "./recording/format.ts";
import { PROJECT_DIR } from "./team/project.ts";

const signal = new AbortController().signal;
/** By its shape. */
const SECRET = `ghp_${"aB3dE5fG7h".repeat(4).slice(0, 36)}`;
let server: RedisServer;
let bus: Bus;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minilab-export-"));
  server = await startRedisServer();
  bus = connectRedisBus({ url: server.url, name: "test", redactor: createRedactor([]) });
  await nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
});
afterAll(async () => {
  await bus.close();
  await server.close();
  await rm(folder, { recursive: true });
});

type Ran = { exitCode: number; stdout: string; stderr: string };

/** As the operator runs it, with the rights of his console. */
function minilab(...args: string[]): Promise<Ran> {
  const env = { ...process.env, REDIS_URL: server.urlOf("console") };
  const argv = [join(PROJECT_DIR, "launcher/main.ts"), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

function linesOf(text: string) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => decodeLine(line));
}

/** A turn of QA_Tester about a message, and what it leaves. */
async function workOn(text: string): Promise<{ id: string; session: string }> {
  const { id, session } = await bus.send(draft("User", ["QA_Tester"], text), { signal });
  const mailbox = bus.mailbox("QA_Tester", "a");
  const [delivery] = (await receiveCount(mailbox, 1)) as [Delivery];
  const endpoint = { model: ours("m"), server: ours("h") };
  const entries = {
    "reply:1": JSON.stringify({ text: "", thoughts: [], calls: [{ id: "1.1", tool: "run_ssh", args: {} }] }),
    "intent:1.1": JSON.stringify({ tool: "run_ssh", target: "pve1" }),
    "outcome:1.1": JSON.stringify({ kind: "ok", exitCode: 0, stdout: "all well", stderr: "" }),
    spent: JSON.stringify(addStep([], endpoint, { ...NO_TOKENS, prompt: 100, completion: 5 })),
  };
  const reply = draft("QA_Tester", ["Architect_Zero"], `seen ${text}`);
  await mailbox.journal(delivery.message).finish("completed", reply, { signal, entries });
  return { id, session };
}

test("a session that CLEAR has ended is exported whole, and nothing of another", async () => {
  const { id, session } = await workOn(`first ${SECRET}`);
  await bus.command("CLEAR", { signal });
  const later = await workOn("second");
  const { exitCode, stdout, stderr } = await minilab("export", session);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).not.toContain(SECRET);
  expect(stdout).not.toContain(later.session);
  const lines = linesOf(stdout);
  expect(lines.map((line) => line?.line)).toEqual(lines.map((_, index) => index));
  expect(lines.some((line) => line?.isAltered !== false)).toBe(false);
  expect(lines[0]?.what).toMatchObject({ kind: "header", format: 1, session });
  expect(lines.at(-1)?.what).toEqual({ kind: "end", lines: lines.length - 1 });
  const kinds = lines.flatMap((line) =>
    line?.what.kind === "entry" ? [line.what.key] : [line?.what.kind ?? "?"],
  );
  expect(kinds.filter((kind) => kind === "message")).toHaveLength(2);
  expect(kinds).toEqual(expect.arrayContaining(["reply:1", "intent:1.1", "outcome:1.1", "status", "spent"]));
  expect(lines.find((line) => line?.what.kind === "spent")?.what).toMatchObject({
    ...{ role: "QA_Tester", message: id },
    value: { model: "m", prompt: 100, completion: 5, steps: 1 },
  });
});

test("without a name the session of now, with STOP and what is in force, into a file for its owner alone", async () => {
  const { session } = await workOn("third");
  await bus.command("STOP", { signal });
  const file = join(folder, "session.jsonl");
  const { exitCode, stdout } = await minilab("export", "", file);
  expect([exitCode, stdout]).toEqual([0, ""]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["session.jsonl"]);
  const lines = linesOf(await readFile(file, "utf8")).map((line) => line?.what);
  expect(lines.find((line) => line?.kind === "control")).toMatchObject({ session, state: "stopped" });
  expect(lines.some((line) => line?.kind === "message" && line.message.fact?.kind === "STOP")).toBe(true);
});

test("thousands of long messages are written in the order in which they were said, a page at a time", async () => {
  const { session } = await bus.command("CLEAR", { signal });
  const text = "x".repeat(5_000);
  for (let at = 0; at < 2_000; at += 200)
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        bus.send(draft("User", [], `${at + index} ${text}`), { signal }),
      ),
    );
  const { stdout } = await minilab("export", session);
  const entries = linesOf(stdout).flatMap((line) => (line?.what.kind === "message" ? [line.what.entry] : []));
  expect(entries).toHaveLength(2_001);
  const order = (id: string) =>
    id
      .split("-")
      .map((part) => part.padStart(20, "0"))
      .join();
  expect(entries.map(order)).toEqual(entries.map(order).toSorted());
});

test("a line that was changed, and one that is none, are known", async () => {
  const { stdout } = await minilab("export", (await bus.control({ signal })).session);
  const [header = ""] = stdout.split("\n");
  expect(decodeLine(header)?.isAltered).toBe(false);
  expect(decodeLine(header.replace('"exported":"2', '"exported":"1'))?.isAltered).toBe(true);
  expect(decodeLine("{}")).toBeUndefined();
  expect(decodeLine("no line")).toBeUndefined();
});

test("a session that nobody knows is an error, and leaves no file", async () => {
  const file = join(folder, "none.jsonl");
  const { exitCode, stderr } = await minilab("export", "nothing", file);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("no session has an id that begins with nothing");
  expect(await readdir(folder)).not.toContain("none.jsonl");
});
