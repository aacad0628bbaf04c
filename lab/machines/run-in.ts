/** One command in a machine, from its start to its end. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { CommandOutcome } from "../cluster/outcome.ts";
import type { Machine } from "./machine.ts";

/** 255 for one that a signal ended. */
export async function runIn(
  machine: Machine,
  argv: readonly [string, ...string[]],
  { env = {}, input = "" }: { env?: Readonly<Record<string, string>>; input?: string | Buffer } = {},
): Promise<CommandOutcome> {
  const child = machine.spawn(argv, env);
  child.stdin.on("error", () => child.stdin.destroy()); // it does not read
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode: code ?? 255, stdout, stderr };
}
