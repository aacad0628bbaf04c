/**
 * Command lines as Proxmox VE's tools read them: positional arguments first, then `--name value`, `-name value`
 * or `--name=value`, from a closed list. The messages are those of the real tools.
 */
import { AppError } from "../../agents/base/errors.ts";

export type OptionSpec = {
  /** Names of the positional arguments, all required. */
  positional: readonly string[];
  /** Options that take a value; `net[n]` stands for net0, net1... */
  values?: readonly string[];
  /** Boolean options: alone, or followed by 0 or 1. */
  flags?: readonly string[];
  /** Options of the real tool that the lab does not have. */
  missing?: readonly string[];
};

export type ParsedOptions = { positional: string[]; options: Record<string, string> };

/** AppError `bad_arguments` with the first line of what the tool would print; the caller adds its usage. */
export function parseOptions(argv: readonly string[], spec: OptionSpec): ParsedOptions {
  const positional: string[] = [];
  const options: Record<string, string> = {};
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word);
    if (!match?.[1]) positional.push(word);
    else options[match[1]] = takeValue(match[1], match[2], { rest, spec });
  }
  if (positional.length < spec.positional.length)
    throw new AppError("bad_arguments", "400 not enough arguments");
  if (positional.length > spec.positional.length)
    throw new AppError("bad_arguments", "400 too many arguments");
  return { positional, options };
}

function takeValue(
  name: string,
  inline: string | undefined,
  from: { rest: string[]; spec: OptionSpec },
): string {
  const { rest, spec } = from;
  if (spec.flags?.includes(name)) {
    if (inline !== undefined) return inline;
    return /^[01]$/.test(rest[0] ?? "") ? (rest.shift() ?? "1") : "1";
  }
  const indexed = name.replace(/(?:0|[1-9]\d?)$/, "[n]");
  if (spec.missing?.includes(name) || spec.missing?.includes(indexed)) {
    throw new AppError("conflict", `lab: option '--${name}' is not simulated`);
  }
  if (!spec.values?.includes(name) && !spec.values?.includes(indexed)) {
    throw new AppError("bad_arguments", `Unknown option: ${name}\n400 unable to parse option`);
  }
  const value = inline ?? rest.shift();
  if (value === undefined) {
    throw new AppError("bad_arguments", `Option ${name} requires an argument\n400 unable to parse option`);
  }
  return value;
}

/** The error of a parameter that is well placed but has a bad value. */
export function badParameter(name: string, problem: string): AppError {
  return new AppError("bad_arguments", `400 Parameter verification failed.\n${name}: ${problem}`);
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
