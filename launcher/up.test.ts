import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pingRedis } from "../agents/bus/redis-store.ts";
import { addressOf, type BusAccess } from "./team/redis.ts";
import { bareEnvironment, type Checkout, makeCheckout } from "./testing/checkout.ts";

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

/** The launcher with the console in a pipe; `input` stays open. */
function start(command: string, settings: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["launcher/main.ts", command], {
    cwd: checkout.directory,
    env: { ...bareEnvironment, ...settings },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const untilLine = async (pattern: RegExp) => {
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      if (pattern.test(next.value)) return next.value;
    }
    throw new Error(`the output ended before ${pattern}: ${await text(child.stderr)}`);
  };
  return { child, untilLine, ended: once(child, "exit") };
}

const access = () =>
  JSON.parse(readFileSync(join(checkout.directory, "tmp/run/redis/access.json"), "utf8")) as BusAccess;
const session = /Session (\S+),/;

test("up rehearses without settings, refuses a second team, takes a second console, and goes on where it was", async () => {
  const first = start("up");
  await first.untilLine(/REHEARSAL: scripted model, simulated cluster/);
  const [, name] = session.exec(await first.untilLine(session)) ?? [];

  const second = start("up");
  expect(await text(second.child.stderr)).toContain("a team runs here already");
  const other = start("console");
  await other.untilLine(new RegExp(`Session ${name},`));
  other.child.stdin.end();
  expect(await other.ended).toEqual([0, null]);

  first.child.stdin.end();
  expect(await first.ended).toEqual([0, null]);
  await expect(pingRedis(addressOf(access()), AbortSignal.timeout(5_000))).rejects.toThrow();

  const again = start("up");
  await again.untilLine(new RegExp(`Session ${name},`));
  again.child.stdin.end();
  expect(await again.ended).toEqual([0, null]);
});

test("no program has a password or the model's key in its environment, and each has a user of its own (F16, F59)", async () => {
  const key = "sk-a-key-that-nobody-may-see";
  const team = start("up", { OPENAI_API_KEY: key, OPENAI_API_BASE: "http://127.0.0.1:9/v1" });
  await team.untilLine(session);
  const users = environmentsOf(checkout.directory).map((env) => {
    expect(env).not.toContain(key);
    const file = /^REDIS_PASSWORD_FILE=(.*)$/m.exec(env)?.[1] ?? "";
    expect(env).not.toContain(readFileSync(file, "utf8"));
    return /^REDIS_USER=(.*)$/m.exec(env)?.[1];
  });
  const everybody = ["Architect_Zero", "DevOps_Builder", "QA_Tester", "Security_Sentinel", "console"];
  expect([...new Set(users)].sort()).toEqual(everybody); // an agent that forks is there twice for a moment
  team.child.stdin.end();
  await team.ended;
});

test("programs of the original are believed only when that was asked for, and the console says so", async () => {
  const team = start("up", { BUS_MODE: "compat" });
  await team.untilLine(/BUS_MODE=compat: whoever reaches this Redis can speak as anybody/);
  await team.untilLine(session);
  const other = start("console");
  await other.untilLine(/BUS_MODE=compat/);
  other.child.stdin.end();
  team.child.stdin.end();
  expect(await Promise.all([other.ended, team.ended])).toEqual([
    [0, null],
    [0, null],
  ]);
});

/** Of the programs of the team that runs in a checkout, one variable a line. */
function environmentsOf(directory: string): string[] {
  const texts = globSync("/proc/[0-9]*/environ").map((file) => {
    try {
      return readFileSync(file, "utf8").replaceAll("\0", "\n");
    } catch {
      return ""; // it has ended, or is another user's
    }
  });
  return texts.filter((env) => env.includes(`PROJECT_DIR=${directory}\n`) && env.includes("REDIS_USER="));
}

test("a signal ends the whole team", async () => {
  const team = start("up");
  await team.untilLine(session);
  team.child.kill("SIGTERM");
  await team.ended;
  await expect(pingRedis(addressOf(access()), AbortSignal.timeout(5_000))).rejects.toThrow();
});

test("real nodes without a model are refused before anything starts", async () => {
  rmSync(join(checkout.directory, "tmp"), { recursive: true, force: true });
  const refused = start("up", { PROXMOX_NODES: "pve1=192.0.2.1" });
  expect(await text(refused.child.stderr)).toContain("there is no model");
  expect(await refused.ended).toEqual([1, null]);
  expect(existsSync(join(checkout.directory, "tmp/run"))).toBe(false);
});

test("a console without a team says how to start one", async () => {
  const lonely = start("console");
  expect(await text(lonely.child.stderr)).toContain("./minilab up");
  expect(await lonely.ended).toEqual([1, null]);
});
