/** A team in containers, from a copy of the project, for a test: started, asked, looked at, taken away. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { outputOf, readLines } from "../../launcher/team/command.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { Engine } from "./docker.ts";

const PROJECT_NAME = "ai-minilab-test";
export const AGENTS = ["agent-architect", "agent-devops", "agent-security", "agent-qa"] as const;

const LEFT_OUT = new Set([".git", ".node", ".programs", "node_modules", "dist", ".env"]);
/** Folders that the team fills: nothing but their README and the product's documents is taken. */
const EMPTY = ["docs", "tmp", "generated_iac", "client/logs"];

export type ContainerTeam = AsyncDisposable & {
  docker(...args: string[]): Promise<string>;
  compose(...args: string[]): Promise<string>;
  /** A command in a container, as the user that agents and console run as, without a capability. */
  exec(container: string, ...argv: string[]): Promise<string>;
  /** Lines of a docker command that runs until it is disposed of. */
  follow(...args: string[]): ReturnType<typeof readLines>;
  env: Engine["env"];
  directory: string;
  signal: AbortSignal;
};

/** A copy that belongs to an ordinary user, as a fresh clone does: uid 1000 when the test runs as root. */
export async function prepareTeam(engine: Engine, signal: AbortSignal): Promise<ContainerTeam> {
  const directory = copyProject();
  const uid = process.getuid?.() || 1000;
  const env = { ...engine.env, MINILAB_UID: `${uid}`, MINILAB_GID: `${process.getgid?.() || 1000}` };
  const owner = `${env.MINILAB_UID}:${env.MINILAB_GID}`;
  const options = { cwd: directory, env, signal };
  await outputOf(["chown", "-R", owner, directory], options);
  const composeArgs = ["docker", "compose", "--project-name", PROJECT_NAME, "--profile", "lab"];
  const takeAway = [...composeArgs, "down", "--volumes", "--remove-orphans"];
  await outputOf(takeAway, options); // of a test that was killed: its guest would be taken for this one's
  return {
    env,
    directory,
    signal,
    docker: (...args) => outputOf(["docker", ...args], options),
    compose: (...args) => outputOf([...composeArgs, ...args], options),
    exec: (...args) => outputOf(["docker", "exec", "--user", owner, ...args], options),
    follow: (...args) => readLines(["docker", ...args], options),
    async [Symbol.asyncDispose]() {
      const signal = AbortSignal.timeout(120_000); // also after the operator has ended the test
      await outputOf(takeAway, { ...options, signal });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Also again, after a change: what is not concerned goes on. */
export async function startTeam(team: ContainerTeam): Promise<void> {
  await team.compose("up", "--detach", "--build", "--wait", "--wait-timeout", "180");
}

function copyProject(): string {
  const directory = mkdtempSync(join(tmpdir(), "minilab containers "));
  cpSync(PROJECT_DIR, directory, {
    recursive: true,
    filter: (source) => {
      const path = relative(PROJECT_DIR, source);
      if (LEFT_OUT.has(path)) return false;
      const isOfTeam = EMPTY.some((folder) => path.startsWith(`${folder}/`));
      return !isOfTeam || basename(path) === "README.md" || /^docs\/[a-z-]+\.md$/.test(path);
    },
  });
  return directory;
}
