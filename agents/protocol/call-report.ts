/**
 * How a tool call of a role ended, in one line for the operator: shown as it happens, never stored and never routed. What it
 * printed is in the journal of its turn, which the report names.
 */
import { z } from "zod";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import { messageIdShape, parseWire } from "./message.ts";
import { ROLES, type Role } from "./roles.ts";

const OUTCOMES = ["ok", "failed", "refused", "timeout", "cancelled", "unknown"] as const;

export type CallReport = {
  kind: "call";
  role: Role;
  tool: Redacted;
  /** The file, module, playbook or host. */
  target: Redacted;
  /** What is done there: the command, the action; at most as long as `MAX_GIST_CHARS`. */
  gist: Redacted;
  outcome: (typeof OUTCOMES)[number];
  exitCode: number | null;
  /** Where something could have been changed. */
  changes: "nothing" | "workspace" | "infrastructure";
  /** The first line of what went wrong; "" when nothing did. */
  cause: Redacted;
  ms: number;
  /** The message that its turn is about, and its place there: `<step>.<number>`. */
  messageId: string;
  callId: `${number}.${number}`;
};

/** What a call printed, as its turn recorded it: head and tail, and the name of the file that has all of it. */
export type CallOutput = { stdout: Redacted; stderr: Redacted; artifact: Redacted | null };

export const MAX_GIST_CHARS = 120;
export const MAX_CAUSE_CHARS = 200;
export const MAX_NAME_CHARS = 120;

const callIdShape = z.custom<CallReport["callId"]>(
  (value) => typeof value === "string" && /^\d{1,9}\.\d{1,9}$/.test(value),
);
const shape = z.object({
  call: callIdShape,
  role: z.enum(ROLES),
  tool: z.string().max(MAX_NAME_CHARS),
  target: z.string().max(MAX_NAME_CHARS),
  gist: z.string().max(MAX_GIST_CHARS),
  outcome: z.enum(OUTCOMES),
  exitCode: z.number().nullable(),
  changes: z.enum(["nothing", "workspace", "infrastructure"]),
  cause: z.string().max(MAX_CAUSE_CHARS),
  ms: z.number().nonnegative(),
  messageId: messageIdShape,
});
const outputShape = z.object({ stdout: z.string(), stderr: z.string(), artifact: z.string().nullable() });

export function encodeCallReport({ kind: _, callId, ...rest }: CallReport): string {
  return JSON.stringify({ call: callId, ...rest });
}

export function parseCallReport(json: string, redactor: Redactor): CallReport | undefined {
  const parsed = shape.safeParse(parseWire(json));
  if (!parsed.success) return undefined;
  const { call, tool, target, gist, cause, ...rest } = parsed.data;
  const texts = {
    tool: redactor(tool),
    target: redactor(target),
    gist: redactor(gist),
    cause: redactor(cause),
  };
  return { kind: "call", callId: call, ...rest, ...texts };
}

/** From the journal; undefined for what is none. */
export function parseCallOutput(json: string, redactor: Redactor): CallOutput | undefined {
  const parsed = outputShape.safeParse(parseWire(json));
  if (!parsed.success) return undefined;
  const { stdout, stderr, artifact } = parsed.data;
  return {
    stdout: redactor(stdout),
    stderr: redactor(stderr),
    artifact: artifact === null ? null : redactor(artifact),
  };
}
