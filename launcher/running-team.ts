/** The team that runs in this checkout, or the one that REDIS_URL names: where its records are. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readEnv } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { pingRedis } from "../agents/runtime/redis-ping.ts";
import { PROJECT_DIR, RUN_DIR } from "./project.ts";

export const REDIS_DIR: string = join(RUN_DIR, "redis");

/** AppError `unavailable` when there is neither. */
export async function redisOfTeam(): Promise<string> {
  const url = (await runningRedis()) ?? readEnv(process.env, PROJECT_DIR)["REDIS_URL"];
  if (url !== undefined) return url;
  throw new AppError("unavailable", "no team runs here: start it with ./minilab up, or set REDIS_URL");
}

/** The address of the private Redis of a team that runs in this checkout. */
export async function runningRedis(): Promise<string | undefined> {
  const file = join(REDIS_DIR, "redis-url");
  if (!existsSync(file)) return undefined;
  const url = readFileSync(file, "utf8");
  return pingRedis(url, AbortSignal.timeout(1_000)).then(
    () => url,
    () => undefined, // left behind by a team that has ended
  );
}
