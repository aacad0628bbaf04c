/** Where Docker is: the engine of this machine, or one that a script provides on machines without a registry. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Env } from "../../agents/base/config.ts";
import { AppError } from "../../agents/base/errors.ts";
import { outputOf } from "../../launcher/team/command.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";

export type Engine = AsyncDisposable & {
  /** The whole environment for docker commands: nothing of the operator's own settings. */
  env: Env;
  /** For the report: which engine and images were tested. */
  description: string;
};

/** AppError `missing_requirement` when there is no engine and no script that provides one. */
export async function findEngine(signal: AbortSignal): Promise<Engine> {
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    DOCKER_HOST: process.env["DOCKER_HOST"],
  };
  const given = await engineVersion(env, signal);
  if (given !== undefined) return { env, description: `Docker ${given}`, async [Symbol.asyncDispose]() {} };
  const script = providerScript();
  if (script === undefined) {
    throw new AppError(
      "missing_requirement",
      "no Docker engine answers: install and start Docker (https://docs.docker.com/engine/install/), or name a script that provides one in MINILAB_OFFLINE_IMAGES",
    );
  }
  return provideEngine(script, signal);
}

/** A script `up IMAGE...`, `env`, `stop`: an engine and stand-ins for base images that cannot be pulled. */
function providerScript(): string | undefined {
  const candidates = [
    process.env["MINILAB_OFFLINE_IMAGES"],
    resolve(PROJECT_DIR, "../shared/offline-images.sh"),
  ];
  return candidates.find((file) => file !== undefined && existsSync(file));
}

async function provideEngine(script: string, signal: AbortSignal): Promise<Engine> {
  const options = { cwd: PROJECT_DIR, env: process.env, signal };
  const wasRunning = await outputOf([script, "env"], options).then(
    () => true,
    () => false, // no engine yet
  );
  await outputOf([script, "up", ...baseImages()], options);
  const set = await outputOf(["sh", "-c", 'eval "$("$1" env)" && env -0', "sh", script], options);
  const all = Object.fromEntries(set.split("\0").map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
  const names = ["PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG"];
  const env = Object.fromEntries(names.map((name) => [name, all[name]]));
  const version = await engineVersion(env, signal);
  return {
    env,
    description: `Docker ${version} with stand-in base images of ${script}, which are not the official ones`,
    async [Symbol.asyncDispose]() {
      if (!wasRunning) await outputOf([script, "stop"], { ...options, signal: AbortSignal.timeout(60_000) });
    },
  };
}

async function engineVersion(env: Env, signal: AbortSignal): Promise<string | undefined> {
  const argv = ["docker", "version", "--format", "{{.Server.Version}}"];
  return outputOf(argv, { cwd: PROJECT_DIR, env, signal }).then(
    (version) => version.trim(),
    () => undefined, // no client, or no engine behind it
  );
}

/** What the Dockerfile and the Compose file take from registries. */
function baseImages(): string[] {
  const files = globSync(["Dockerfile", "docker-compose.yml"], { cwd: PROJECT_DIR });
  const text = files.map((file) => readFileSync(join(PROJECT_DIR, file), "utf8")).join("\n");
  const names = [...text.matchAll(/^(?:FROM| +image:) +(\S+)/gm)].map(([, name]) => name ?? "");
  return [...new Set(names.filter((name) => name.includes(":")))];
}
