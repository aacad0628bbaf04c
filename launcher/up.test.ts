import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { RECORDS_FOLDER } from "../agents/bus/redis-conf.ts";
import { pingRedis } from "../agents/bus/redis-start.ts";
import { addressOf, type BusAccess, freePort } from "./team/redis.ts";
import { encodeCommand } from "./team/resp-commands.ts";
import { bareEnvironment, type Checkout, makeCheckout } from "./testing/checkout.ts";

vi.setConfig({ testTimeout: 120_000 }); // each starts whole teams, also on a busy machine

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

/** The launcher with the console in a pipe; `input` stays open. */
function start(command: string, settings: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["launcher/main.ts", ...command.split(" ")], {
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

test("up rehearses without settings, refuses a second team, tells a second console what it is, goes on where it was (O04)", async () => {
  const first = start("up");
  await first.untilLine(/REHEARSAL: scripted model, simulated cluster/);
  const [, name] = session.exec(await first.untilLine(session)) ?? [];

  const second = start("up");
  expect(await text(second.child.stderr)).toContain("a team runs here already");
  expect(await text(start("reset --yes").child.stderr)).toContain("a team runs here");
  const other = start("console", { LLM_MODEL: "of-another-team", OPENAI_API_BASE: "http://127.0.0.1:9/v1" });
  await other.untilLine(new RegExp(`Session ${name},`));
  await other.untilLine(/REHEARSAL: scripted model, simulated cluster/); // asked of the team (O04)
  await other.untilLine(/The team's model is scripted at 127\.0\.0\.1:/);
  other.child.stdin.end();
  expect(await other.ended).toEqual([0, null]);

  first.child.stdin.end();
  expect(await first.ended).toEqual([0, null]);
  await expect(pingRedis(addressOf(access()), AbortSignal.timeout(5_000))).rejects.toThrow();

  const told = await text(start("sessions").child.stdout); // its Redis runs for as long as it is asked
  expect(told).toContain(`${name} (current)`);
  await expect(pingRedis(addressOf(access()), AbortSignal.timeout(5_000))).rejects.toThrow();

  const again = start("up");
  await again.untilLine(new RegExp(`Session ${name},`));
  again.child.stdin.end();
  expect(await again.ended).toEqual([0, null]);
});

test("one word plays the whole story of a rehearsal, each tool call in a line, and /cost tells what it used (R50, R53)", async () => {
  const team = start("up");
  await team.untilLine(session);
  team.child.stdin.write("go\n");
  await team.untilLine(/DevOps_Builder: \* run_terraform generated_iac\/infra\/web: apply · ok/);
  await team.untilLine(/Architect_Zero \(done\)/);
  team.child.stdin.write("/cost\n");
  await team.untilLine(/QA_Tester +\d+ +[\d,]+ +[\d,]+ +0 +[\d,]+ +[\d,]+ +unknown/);
  await team.untilLine(
    /price unknown: scripted at 127\.0\.0\.1:\d+\. Set it in a file that PRICES_FILE names/,
  );
  team.child.stdin.end();
  expect(await team.ended).toEqual([0, null]);
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

test("programs of the original are let in only when that was asked for, and the console says so (O06)", async () => {
  const port = await freePort();
  const team = start("up", { BUS_MODE: "compat", COMPAT_PORT: String(port) });
  await team.untilLine(/BUS_MODE=compat: programs on this machine can speak as you/);
  await team.untilLine(session);
  const program = connect(port, "127.0.0.1");
  const said = JSON.stringify({ sender: "User", content: "hello from outside", timestamp: "now" });
  const publish = () => program.write(encodeCommand(["PUBLISH", "agent_channel", said]));
  const asking = setInterval(publish, 200); // until somebody listens; said twice it is one message
  await team.untilLine(/User → Architect_Zero: hello from outside/);
  clearInterval(asking);
  program.destroy();
  const other = start("console");
  await other.untilLine(/BUS_MODE=compat/);
  other.child.stdin.end();
  team.child.stdin.end();
  expect(await Promise.all([other.ended, team.ended])).toEqual([
    [0, null],
    [0, null],
  ]);
});

test("the door is not opened where nothing keeps the team's own commands out (O06)", async () => {
  const team = start("up", { BUS_MODE: "compat", SANDBOX: "none" });
  expect(await text(team.child.stderr)).toContain("give up one of them");
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

test("Redis that dies is started again, the team and the console find it, and what was said is there", async () => {
  const team = start("up");
  const [, name] = session.exec(await team.untilLine(session)) ?? [];
  for (let deaths = 0; deaths < 2; deaths++) {
    process.kill(pidOf(["redis-server", "127.0.0.1:"]), "SIGKILL");
    await team.untilLine(/Redis is away/);
    await team.untilLine(/Redis is there/);
  }
  const other = start("console");
  await other.untilLine(new RegExp(`Session ${name},`));
  other.child.stdin.end();
  team.child.stdin.end();
  expect(await Promise.all([other.ended, team.ended])).toEqual([
    [0, null],
    [0, null],
  ]);
});

test("Redis that cannot be started again is told with its cause, and the team goes on when it can", async () => {
  const team = start("up");
  await team.untilLine(session);
  const records = join(checkout.directory, "tmp/run/redis", RECORDS_FOLDER);
  const manifest = join(records, "appendonly.aof.manifest");
  const whole = readFileSync(manifest);
  writeFileSync(manifest, "no manifest\n");
  process.kill(pidOf(["redis-server", "127.0.0.1:"]), "SIGKILL");
  expect(await team.untilLine(/Redis does not run: it cannot/)).toContain("redis-check-aof");
  writeFileSync(manifest, whole);
  await team.untilLine(/Redis (?:runs again|is there)/);
  team.child.stdin.end();
  expect(await team.ended).toEqual([0, null]);
});

test("an agent that ends again and again is told with its cause, and when it runs again", async () => {
  const team = start("up");
  await team.untilLine(session);
  const password = join(checkout.directory, "tmp/run/redis/identities/QA_Tester/password");
  renameSync(password, `${password}.away`);
  process.kill(pidOf(["agent.mjs"], "AGENT_ROLE=QA_Tester"), "SIGKILL");
  const told = await team.untilLine(/QA_Tester does not run/);
  expect(told).toMatch(/exit code 1.*Its last words: .*password.*doctor --role QA_Tester/);
  team.child.stdin.write("/status\n");
  await team.untilLine(/trouble +QA_Tester does not run/);
  renameSync(`${password}.away`, password);
  team.child.stdin.end();
  expect(await team.ended).toEqual([0, null]);
});

/** Of this checkout's team: the one whose command line has all these words, and whose environment has the line. */
function pidOf(words: readonly string[], line = ""): number {
  const found = globSync("/proc/[0-9]*/cmdline").find((file) => {
    try {
      const text = readFileSync(file, "utf8").replaceAll("\0", " ");
      const folder = dirname(file);
      const place = readlinkSync(join(folder, "cwd"));
      if (!place.startsWith(checkout.directory) || !words.every((word) => text.includes(word))) return false;
      return line === "" || readFileSync(join(folder, "environ"), "utf8").split("\0").includes(line);
    } catch {
      return false; // it has ended
    }
  });
  return Number(found?.split("/")[2]);
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

test("a new lab does not meet what Terraform knows of an old one, and the remedy helps (O03)", async () => {
  rmSync(join(checkout.directory, "tmp/run/lab"), { recursive: true, force: true });
  const module = join(checkout.directory, "generated_iac/infra/web");
  mkdirSync(module, { recursive: true });
  writeFileSync(join(module, "terraform.tfstate"), JSON.stringify({ resources: [{}] }));
  const refused = start("up");
  expect(await text(refused.child.stderr)).toMatch(/of another cluster[\s\S]*\.\/minilab reset/);
  expect(await refused.ended).toEqual([1, null]);
  expect(await start("reset --yes").ended).toEqual([0, null]);
  const team = start("up");
  await team.untilLine(session);
  team.child.stdin.end();
  expect(await team.ended).toEqual([0, null]);
});

test("a console without a team says how to start one", async () => {
  const lonely = start("console");
  expect(await text(lonely.child.stderr)).toContain("./minilab up");
  expect(await lonely.ended).toEqual([1, null]);
});
