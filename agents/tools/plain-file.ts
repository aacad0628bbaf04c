/** Files that a command of the sandbox has written: read as what they are, never through a link, and never waited for. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { AppError } from "../base/errors.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Undefined when there is none. AppError `conflict` for what is no plain file or longer. */
export async function readPlainFile(file: string, maxBytes: number): Promise<Buffer | undefined> {
  const opened = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error.code === "ELOOP" ? noPlainFile() : error;
    },
  );
  if (!opened) return undefined;
  await using handle = opened;
  const stats = await handle.stat();
  if (!stats.isFile()) throw noPlainFile();
  if (stats.size > maxBytes)
    throw new AppError("conflict", `A result has ${stats.size} bytes, at most ${maxBytes} are read.`);
  return await handle.readFile();
}

/** The same as JSON; what is none is told without its content. */
export async function readPlainJson(file: string, maxBytes: number): Promise<unknown> {
  const content = await readPlainFile(file, maxBytes);
  if (content === undefined) return undefined;
  try {
    return JSON.parse(content.toString());
  } catch {
    throw new AppError("conflict", "A result that should be JSON is none.");
  }
}

function noPlainFile(): AppError {
  return new AppError("conflict", "A result is not a plain file: something in the run has replaced it.");
}
