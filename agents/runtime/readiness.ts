/** An agent takes its first turn only when it has proved that it has what its tools need; until then it says what is missing. */
import { mkdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../base/config.ts";
import type { Role } from "../protocol/roles.ts";
import type { Logger } from "../redact/log.ts";
import type { Redactor } from "../redact/redact.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import type { ActivityReporter } from "./activity.ts";
import { type Check, preflight } from "./preflight.ts";

const AGAIN_MS = 10_000;
const TOUCH_MS = 5_000;

export type ReadinessOptions = {
  config: Config;
  role: Role;
  redactor: Redactor;
  activity: ActivityReporter;
  /** Told what is missing, once for each new finding. */
  notice: (text: Redacted) => void;
  log: Logger;
  signal: AbortSignal;
};

/** Resolves when every requirement of the role holds; looks again every ten seconds. */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  const { config, role, redactor, activity, notice, log, signal } = options;
  let told = redacted``;
  for (;;) {
    const missing = (await preflight(config, role, { redactor, signal })).filter((check) => !check.ok);
    signal.throwIfAborted();
    if (missing.length === 0) return activity.ready();
    const text = redactor(describe(missing));
    activity.unready(redactor(missing.map(({ name }) => name).join(", ")));
    log.warn({ missing }, "not ready");
    if (text !== told) notice(text);
    told = text;
    await sleep(AGAIN_MS, undefined, { signal });
  }
}

function describe(missing: readonly Check[]): string {
  const lines = missing.map(({ name, detail, remedy }) => `- ${name}: ${detail}. Remedy: ${remedy}`);
  return `not ready; no turn is taken until this is mended (settings in .env are read at the next start):\n${lines.join("\n")}`;
}

/**
 * A file that is touched while the agent is ready, for health checks; gone when it stops. In a folder of this user
 * alone, which a command that is another user can neither write nor replace.
 */
export function keepReadyFile(role: Role, directory: string = tmpdir()): () => Promise<void> {
  const folder = join(directory, `minilab-${role}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "ready");
  const touch = () => void writeFile(file, `${process.pid}\n`).catch(() => {}); // the health check will tell
  touch();
  const timer = setInterval(touch, TOUCH_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await rm(file, { force: true });
  };
}
