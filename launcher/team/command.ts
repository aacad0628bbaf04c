/** Programs that the launcher runs to their end, or reads line by line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { AppError } from "../../agents/base/errors.ts";

export type CommandOptions = {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
};

/** Standard output of a program. AppError `unavailable` with its last words when its exit code is not 0. */
export async function outputOf(argv: readonly string[], options: CommandOptions): Promise<string> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (exitCode === 0) return stdout;
  const words = (stderr || stdout).trim().split("\n").slice(-25).join("\n");
  throw new AppError("unavailable", `${argv.join(" ").slice(0, 200)}: exit code ${exitCode}\n${words}`);
}

export type LineReader = AsyncDisposable & {
  /** The lines from now on, until `isLast` holds for one; rejects when the program ends before. */
  until(isLast: (line: string) => boolean): Promise<void>;
};

/** Start a program that talks for as long as it runs; it ends with the reader. */
export function readLines(argv: readonly string[], options: CommandOptions): LineReader {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close").catch(() => undefined); // aborted: `until` tells
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async until(isLast) {
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        if (isLast(next.value)) return;
      }
      throw new AppError("unavailable", `${argv.join(" ").slice(0, 200)}: ended before what was awaited`);
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}
