/** The team that runs in this checkout, or the one that REDIS_URL names: how the operator gets to its bus. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readEnv } from "../../agents/base/config.ts";
import { AppError } from "../../agents/base/errors.ts";
import { pingRedis } from "../../agents/bus/redis-start.ts";
import { PROJECT_DIR, RUN_DIR } from "./project.ts";
import { addressOf, type BusAccess } from "./redis.ts";

export const REDIS_DIR: string = join(RUN_DIR, "redis");

/** Settings for a program of the operator's. AppError `unavailable` when there is neither. */
export async function accessToTeam(): Promise<Partial<BusAccess>> {
  const access = await runningAccess();
  if (access !== undefined) return access;
  const env = readEnv(process.env, PROJECT_DIR);
  if (env["REDIS_URL"] !== undefined) return env as Partial<BusAccess>;
  throw new AppError("unavailable", "no team runs here: start it with ./minilab up, or set REDIS_URL");
}

/** To the private Redis of a team that runs in this checkout. */
export async function runningAccess(): Promise<BusAccess | undefined> {
  const file = join(REDIS_DIR, "access.json");
  if (!existsSync(file)) return undefined;
  const access = JSON.parse(readFileSync(file, "utf8")) as BusAccess;
  return pingRedis(addressOf(access), AbortSignal.timeout(1_000)).then(
    () => access,
    () => undefined, // left behind by a team that has ended
  );
}
