/** A yes or no of whoever sits at the terminal. */
import { createInterface } from "node:readline/promises";
import { AppError } from "../agents/base/errors.ts";

/** False unless the answer is yes. AppError `bad_arguments` where nobody can be asked, with the command that needs no answer. */
export async function isConfirmed(
  { question, sure }: { question: string; sure: string },
  signal: AbortSignal,
): Promise<boolean> {
  if (!process.stdin.isTTY) throw new AppError("bad_arguments", `nobody can be asked here: ${sure}`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await lines.question(`${question} [y/N] `, { signal }));
  } finally {
    lines.close();
  }
}
