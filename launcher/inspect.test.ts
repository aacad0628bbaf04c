import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bus, Delivery } from "../agents/bus/bus.ts";
import { connectRedisBus } from "../agents/bus/redis-bus.ts";
import { addStep } from "../agents/protocol/spending.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { draft, nextEvent, receiveCount } from "../agents/testing/bus-contract.ts";
import { type RedisServer, startRedisServer } from "../agents/testing/redis-server.ts";
import { PROJECT_DIR } from "./team/project.ts";

const signal = new AbortController().signal;
let server: RedisServer;
let bus: Bus;
beforeAll(async () => {
  server = await startRedisServer();
  bus = connectRedisBus({ url: server.url, name: "test", redactor: createRedactor([]) });
  await nextEvent(bus, (event) => event.kind === "connection" && event.state === "up");
});
afterAll(async () => {
  await bus.close();
  await server.close();
});

function minilab(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = { ...process.env, BUDGET_SESSION_TOKENS: "2000000", REDIS_URL: server.urlOf("console") };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(PROJECT_DIR, "launcher/main.ts"), ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

describe("the records of a team", () => {
  test("turn prints what was replied, intended and found out, in that order, inert", async () => {
    const message = await bus.send(draft("User", ["QA_Tester"], "look \u001b[31m"), { signal });
    const mailbox = bus.mailbox("QA_Tester", "a");
    const [delivery] = (await receiveCount(mailbox, 1)) as [Delivery];
    const journal = mailbox.journal(delivery.message);
    const call = { id: "1.1", tool: "run_ssh", args: { host: "pve1" } };
    const entries = {
      "reply:1": JSON.stringify({ calls: [call] }),
      "intent:1.1": JSON.stringify({ tool: "run_ssh", target: "pve1" }),
      "outcome:1.1": JSON.stringify({ kind: "ok", exitCode: 0, stdout: "all well\u001b[2J" }),
    };
    await journal.record(entries, { signal });
    await journal.finish("completed", undefined, { signal });
    const { exitCode, stdout } = await minilab("turn", message.id.slice(0, 8));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /User to QA_Tester[\s\S]*reply:1 {2}run_ssh[\s\S]*intent:1\.1[\s\S]*outcome:1\.1 {2}ok, exit 0[\s\S]*all well[\s\S]*status completed/,
    );
    expect(stdout).not.toContain("\u001b");
  });

  test("turn without an id lists the last messages with theirs", async () => {
    const { id } = await bus.send(draft("User", ["QA_Tester"], "list me\u001b[2J\nand more"), { signal });
    const { exitCode, stdout } = await minilab("turn");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^${id.slice(0, 8)} \\d{4}-\\S+ User to QA_Tester: list me\\\\x1b\\[2J and more$`, "m"),
    );
  });

  test("an id that nobody has is an error", async () => {
    expect(await minilab("turn", "nothing")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("no message"),
    });
  });

  test("cost sums a session by role, sessions shows the sum of each (R53)", async () => {
    const { session } = await bus.send(draft("User", ["DevOps_Builder"], "spend"), { signal });
    const mailbox = bus.mailbox("DevOps_Builder", "b");
    const [delivery] = (await receiveCount(mailbox, 1)) as [Delivery];
    const request = { server: "m at h", expected: 0, isOperators: false, rate: {}, session };
    const limits = { session: { tokens: 2_000_000 }, day: {} };
    await mailbox.account.admit({ ...request, id: "1", want: { tokens: 500_000 }, limits }, { signal });
    const endpoint = { model: ours("gpt-5-mini-2025-08-07"), server: ours("api.openai.com") };
    const usage = { prompt: 1_000_000, cached: 400_000, cacheWrite: 0, completion: 100_000, reasoning: 50 };
    const entries = { spent: JSON.stringify(addStep([], endpoint, usage)) };
    await mailbox.journal(delivery.message).finish("completed", undefined, { signal, entries });
    const { exitCode, stdout } = await minilab("cost");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/DevOps_Builder +1 +1,000,000 +400,000 +0 +100,000 +50 +\$0\.36/);
    const left = {
      scope: "session",
      unit: "tokens",
      limit: 2_000_000,
      spent: 0,
      reserved: 500_000,
      left: 1_500_000,
    };
    expect(stdout).toContain(
      "session  0 tokens of 2,000,000 tokens spent, up to 500,000 tokens under way, 1,500,000 tokens left",
    );
    const { stdout: json } = await minilab("cost", session.slice(0, 16), "--json");
    const report = JSON.parse(json);
    expect(report).toMatchObject({
      session,
      roles: [{ role: "DevOps_Builder", steps: 1, tokens: usage }],
      total: { steps: 1, money: { unknown: [] } },
      budgets: [left],
      turns: [{ messageId: delivery.message.id, ...usage }],
    });
    expect(report.total.money.dollars).toBeCloseTo(0.15 + 0.01 + 0.2, 9);
    expect((await minilab("sessions")).stdout).toContain("1.1M tokens, $0.3600");
    expect(await minilab("cost", "nothing")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("no session has an id that begins with nothing"),
    });
  });

  test("sessions lists those that CLEAR ended, and the current one", async () => {
    await bus.send(draft("User", [], "first request"), { signal });
    const { session } = await bus.control({ signal });
    const next = await bus.command("CLEAR", { signal });
    const { stdout } = await minilab("sessions");
    expect(stdout).toContain(`${session}  `);
    expect(stdout).toContain(`${next.session} (current)`);
  });
});
