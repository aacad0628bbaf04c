/**
 * Command lines as Proxmox VE's tools read them: positional arguments first, then `--name value`, `-name value`
 * or `--name=value`, from a closed list. The messages are those of the real tools.
 */
import { AppError } from "../../agents/base/errors.ts";
import { ParameterError } from "./parameter-error.ts";

export type OptionSpec = {
  /** Names of the positional arguments, all required but for the last `optional`. */
  positional: readonly string[];
  optional?: number;
  /** Options that take a value; `net[n]` stands for net0, net1... */
  values?: readonly string[];
  /** Boolean options: alone, or followed by a value. */
  flags?: readonly string[];
  /** More than the positional arguments may be said, and comes after them. */
  rest?: boolean;
};

export type ParsedOptions = { positional: string[]; options: Record<string, string> };

/** AppError `bad_arguments` with the first line of what the tool would print; the caller adds its usage. */
export function parseOptions(argv: readonly string[], spec: OptionSpec): ParsedOptions {
  const positional: string[] = [];
  const options: Record<string, string> = {};
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word);
    if (word === "--") positional.push(...rest.splice(0));
    else if (!match?.[1]) positional.push(word);
    else {
      const name = optionNamed(match[1], spec);
      options[name] = takeValue(name, match[2], { rest, spec });
    }
  }
  if (positional.length < spec.positional.length - (spec.optional ?? 0))
    throw new AppError("bad_arguments", "400 not enough arguments");
  if (positional.length > spec.positional.length && !spec.rest)
    throw new AppError("bad_arguments", "400 too many arguments");
  return { positional, options };
}

/** As Getopt::Long finds it: in any case, by a beginning that no other has. */
function optionNamed(said: string, { values = [], flags = [] }: OptionSpec): string {
  const names = [...values, ...flags];
  if (names.includes(said) || names.includes(said.replace(/(?:0|[1-9]\d{0,2})$/, "[n]"))) return said;
  const isBegun = (name: string) => !name.includes("[") && name.startsWith(said.toLowerCase());
  const [only, ...others] = names.filter(isBegun).sort();
  if (only !== undefined && others.length === 0) return only;
  const problem =
    only === undefined
      ? `Unknown option: ${said.toLowerCase()}`
      : `Option ${said.toLowerCase()} is ambiguous (${[only, ...others].join(", ")})`;
  throw new AppError("bad_arguments", `${problem}\n400 unable to parse option`);
}

/** What does not begin with a dash is the value even of a flag, where the tool's own syntax would say nothing. */
function takeValue(
  name: string,
  inline: string | undefined,
  { rest, spec }: { rest: string[]; spec: OptionSpec },
): string {
  if (spec.flags?.includes(name)) {
    if (inline !== undefined) return inline;
    return rest[0] !== undefined && !rest[0].startsWith("-") ? (rest.shift() ?? "1") : "1";
  }
  const value = inline ?? rest.shift();
  if (value === undefined)
    throw new AppError("bad_arguments", `Option ${name} requires an argument\n400 unable to parse option`);
  return value;
}

/** The error of a parameter that is well placed but has a bad value. */
export function badParameter(name: string, problem: string): ParameterError {
  return new ParameterError({ [name]: problem });
}

/** A whole number from `min` to `max`. */
export function integer(name: string, text: string, range: { min: number; max: number }): number {
  if (!/^-?\d{1,15}$/.test(text)) throw badParameter(name, `type check ('integer') failed - got '${text}'`);
  const value = Number(text);
  if (value < range.min) throw badParameter(name, `value must have a minimum value of ${range.min}`);
  if (value > range.max) throw badParameter(name, `value must have a maximum value of ${range.max}`);
  return value;
}

export function vmidOf(text: string): number {
  return integer("vmid", text, { min: 100, max: 999_999_999 });
}
