/**
 * A team as `./minilab up` starts it, whose model is the benchmark's: how long after the coordinator's reply has left
 * the model asks the next role. Only what every version has is used: the command line, a line typed, the model's wire.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../../../agents/protocol/roles.ts";
import { type Asked, startTimedModel, type TimedModel } from "../bus/timed-model.ts";
import { copyCheckout, plainEnv } from "./checkout-copy.ts";

const COORDINATOR: Role = "Architect_Zero";
const NEXT: Role = "Security_Sentinel";
/** The first waits for the agents to be ready. */
const LIMIT_MS = 120_000;

export type HopTeam = { hopMs(): Promise<number> };

/** Resolves when a first hop is done. */
export async function startHopTeam(
  checkout: string,
  { stack, signal }: { stack: AsyncDisposableStack; signal: AbortSignal },
): Promise<HopTeam> {
  const { directory } = stack.use(copyCheckout(checkout));
  let leftMs = Number.NaN;
  const model = await startTimedModel({
    answer: ({ role, from }) => (role === COORDINATOR && from === "User" ? `@${NEXT} look at it` : "seen"),
    onAnswered: ({ role, from }, ms) => {
      if (role === COORDINATOR && from === "User") leftMs = ms;
    },
  });
  stack.defer(model.close);
  const team = startUp(directory, model, stack);
  const ended = failed(team, directory);
  ended.catch(() => {}); // who waits for a hop sees it
  const hopMs = async () => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const asked = waitFor(model, ({ role }) => role === NEXT, limit);
    const done = waitFor(model, ({ role, from }) => role === COORDINATOR && from === NEXT, limit);
    team.stdin?.write("Have it looked at.\n");
    const { arrivedMs } = await Promise.race([asked, ended]);
    await done;
    return arrivedMs - leftMs;
  };
  await hopMs();
  return { hopMs };
}

function startUp(directory: string, model: TimedModel, stack: AsyncDisposableStack): ChildProcess {
  const env = { ...plainEnv(directory), OPENAI_API_BASE: model.url, OPENAI_API_KEY: "bench" };
  const log = openSync(join(directory, "up.log"), "a");
  const argv = ["--pdeathsig", "TERM", "--", process.execPath, join(directory, "launcher/main.ts"), "up"];
  const team = spawn("setpriv", argv, { cwd: directory, env, stdio: ["pipe", log, log] });
  closeSync(log);
  team.stdin?.on("error", () => {}); // it ended: `failed` tells
  stack.defer(async () => {
    if (team.exitCode !== null || team.signalCode !== null) return;
    const ended = once(team, "exit");
    team.kill("SIGTERM");
    await ended;
  });
  return team;
}

async function waitFor(
  model: TimedModel,
  accepts: (asked: Asked) => boolean,
  limit: AbortSignal,
): Promise<Asked> {
  const aborted = once(limit, "abort").then(() => {
    throw limit.reason;
  });
  return await Promise.race([model.next(accepts), aborted]);
}

async function failed(team: ChildProcess, directory: string): Promise<never> {
  if (team.exitCode === null) await once(team, "exit");
  throw new Error(`the team ended early:\n${readFileSync(join(directory, "up.log"), "utf8").slice(-2_000)}`);
}
