/** What the mission demands, one line each; how it is proved; what was seen; what the operator says of it. Shapes. */
import { z } from "zod";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";

export type Control = { host: Redacted; command: Redacted };
export type Criterion = {
  id: string;
  text: Redacted;
  /** Where it holds; the command is run on each. */
  hosts: Redacted[];
  /** Without one it cannot be checked here, and only the operator can accept it. */
  command?: Redacted | undefined;
  /** Each line of it must be a line of the output, spaces aside. */
  expected: Redacted;
  /** The exit code that it must have. */
  exit: number;
  /** Must not show what is expected: where it was left as it was, or of what does not exist. */
  control?: Control | undefined;
  /** Counts from 1; a change of anything makes another one. */
  revision: number;
};

/** What one run of a command showed. */
export type Seen = { host: Redacted; passed: boolean; exitCode: number | null; observed: Redacted };
export type Check = {
  criterion: string;
  revision: number;
  /** Milliseconds of Redis' clock. */
  began: number;
  at: number;
  passed: boolean;
  seen: Seen[];
  control?: Seen | undefined;
};

export type Ruling = {
  criterion: string;
  kind: "accept" | "reopen" | "correct";
  /** Of the criterion that he saw. */
  revision: number;
  at: number;
  text: Redacted;
};

export const MAX_CRITERIA = 40;
export const MAX_HOSTS = 8;
/** Kept of what a command showed. */
export const MAX_OBSERVED_CHARS = 2_000;

export const criterionId = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,31}$/, "a letter, then letters, digits, - and _");
export const hostName = z.string().min(1).max(64);
export const commandText = z.string().min(1).max(4_000);
const milliseconds = z.number().min(0).max(1e15);
const revision = z.int().min(1).max(1e6);
const textFor = (redactor: Redactor, max: number) =>
  z
    .string()
    .max(max)
    .transform((text) => redactor(text));

export function criterionShape(redactor: Redactor): z.ZodType<Criterion> {
  return z.object({
    ...{
      id: criterionId,
      text: textFor(redactor, 4_000),
      hosts: z.array(textFor(redactor, 200)).max(MAX_HOSTS),
    },
    ...{ command: textFor(redactor, 8_000).optional(), expected: textFor(redactor, 8_000) },
    ...{ exit: z.int(), revision },
    control: z.object({ host: textFor(redactor, 200), command: textFor(redactor, 8_000) }).optional(),
  });
}

export function checkShape(redactor: Redactor): z.ZodType<Check> {
  const seen = z.object({
    ...{ host: textFor(redactor, 200), passed: z.boolean(), exitCode: z.int().nullable() },
    observed: textFor(redactor, 2 * MAX_OBSERVED_CHARS),
  });
  return z.object({
    ...{ criterion: criterionId, revision, began: milliseconds, at: milliseconds, passed: z.boolean() },
    ...{ seen: z.array(seen).max(MAX_HOSTS), control: seen.optional() },
  });
}

export function rulingShape(redactor: Redactor): z.ZodType<Ruling> {
  return z.object({
    ...{ criterion: criterionId, kind: z.enum(["accept", "reopen", "correct"]) },
    ...{ revision, at: milliseconds, text: textFor(redactor, 10_000) },
  });
}
