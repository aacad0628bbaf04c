/** The options of a benchmark, each with its default; a mistake is one clear line. */
import { parseArgs } from "node:util";
import { AppError, describeError } from "../../agents/base/errors.ts";

/** `--NAME VALUE` for each name of `defaults`. AppError `bad_arguments` for any other argument. */
export function readOptions<Name extends string>(
  args: string[],
  defaults: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  try {
    return { ...defaults, ...parseArgs({ args, options }).values };
  } catch (error) {
    const usage = names.map((name) => `[--${name} ${defaults[name] || "NAME"}]`).join(" ");
    throw new AppError("bad_arguments", `${describeError(error)}\nusage: ${usage}`, { cause: error });
  }
}

/** AppError `bad_arguments` unless it is a whole number from 1 to 10,000. */
export function readCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return count;
  throw new AppError("bad_arguments", `--${name} is a whole number from 1 to 10000, not "${text}"`);
}
