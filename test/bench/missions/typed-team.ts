/**
 * The product as an operator has it: `./minilab up` in a copy of this checkout, with a lab of its own, and its console in
 * a pipe. Knows nothing of missions.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../../../agents/base/config.ts";
import type { ChildEnd } from "../../../launcher/team/child.ts";
import { addressOf, type BusAccess } from "../../../launcher/team/redis.ts";
import { plainEnv } from "../against/checkout-copy.ts";

export type TypedTeam = {
  /** With the console's name and password. */
  redisUrl: string;
  /** As entered in one go; STOP alone is the command. */
  type(text: string): void;
  /** All that the console has shown so far. */
  screen(): string;
  /** Settles when the product has ended. */
  ended: Promise<ChildEnd>;
  /** The input ends, and with it the team. */
  leave(): Promise<ChildEnd>;
};

/** How the console greets when it has found the team. */
const GREETED = /^\S+ console: Session \S+,/m;

/** `settings` name the model. Rejects with what it said when it ends before the console greets. */
export async function startTypedTeam(
  directory: string,
  settings: Env,
  stack: AsyncDisposableStack,
): Promise<TypedTeam> {
  const env = { ...plainEnv(directory), APPROVAL: "reviewer", ...settings }; // nobody is there to be asked
  const child = spawn(process.execPath, ["launcher/main.ts", "up"], { cwd: directory, env });
  const ended = once(child, "exit").then(([exitCode, signalName]): ChildEnd => ({ exitCode, signalName }));
  stack.defer(() => end(child, ended));
  const screen = collect(child);
  child.stdin.on("error", () => undefined); // it has ended: `ended` tells how
  await greeted(child, screen);
  const access = JSON.parse(readFileSync(join(directory, "tmp/run/redis/access.json"), "utf8")) as BusAccess;
  return {
    redisUrl: addressOf(access),
    ...{ screen, ended },
    type: (text) => void child.stdin.write(`${text}\n`),
    leave: () => {
      child.stdin.end();
      return ended;
    },
  };
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = "";
  for (const stream of [stdout, stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  return () => text;
}

async function greeted(child: ChildProcess, screen: () => string): Promise<void> {
  while (!GREETED.test(screen())) {
    if (!child.stdout?.readable) throw new Error(`./minilab up ended: ${screen()}`);
    await Promise.race([once(child.stdout, "data"), once(child.stdout, "end")]);
  }
}

async function end(child: ChildProcess, ended: Promise<ChildEnd>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  await ended;
}
