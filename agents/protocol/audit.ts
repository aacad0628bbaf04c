/**
 * The lines of an audit: one chain a writer, each line with the digest of the one before it, so that nothing can be
 * changed, left out or put in without the next line showing it. Pure; who keeps them is bus/audit-file.ts.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { RedactedJson } from "../redact/redacted.ts";
import { parseJson } from "./message.ts";
import { SENDERS, type Sender } from "./roles.ts";

/** What is written down; `gap` tells of a line that a crash had torn. */
export const AUDIT_KINDS = [
  "intent",
  "outcome",
  "grant",
  "denial",
  "override",
  "verdict",
  "criteria",
  "check",
  "ruling",
  "mission",
  "gap",
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** `n` counts from 1; `at` is ISO 8601; `prev` and `hash` are SHA-256 in hex, the first `prev` is 64 zeros. */
export type AuditEntry = {
  n: number;
  at: string;
  writer: Sender;
  kind: AuditKind;
  about: RedactedJson;
  prev: string;
  hash: string;
};
/** The end of a chain: what the next line is made of. */
export type AuditHead = Pick<AuditEntry, "n" | "hash">;

export const NO_LINE: AuditHead = { n: 0, hash: "0".repeat(64) };
/** Longer is no line of ours. */
export const MAX_LINE_BYTES = 256_000;
const HASH_CHARS = ',"hash":""}'.length + 64;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const shape = z.object({
  n: z.int().min(1),
  at: z.string().max(40),
  writer: z.enum(SENDERS),
  kind: z.enum(AUDIT_KINDS),
  about: z.unknown(),
  prev: digest,
  hash: digest,
});

/** The next line, without its end, and the new end of the chain. */
export function auditLine(
  head: AuditHead,
  entry: Pick<AuditEntry, "at" | "writer" | "kind" | "about">,
): { line: string; head: AuditHead } {
  const { at, writer, kind, about } = entry;
  const n = head.n + 1;
  const body = oneLine(JSON.stringify({ n, at, writer, kind, about, prev: head.hash }));
  const hash = sha256(body);
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, head: { n, hash } };
}

/** The entry of a line whose own digest is right; undefined for any other text. */
export function parseAuditLine(line: string): AuditEntry | undefined {
  if (line.length > MAX_LINE_BYTES) return undefined;
  const { data } = shape.safeParse(parseJson(line));
  const body = `${line.slice(0, -HASH_CHARS)}}`;
  return data && line.endsWith(`,"hash":"${data.hash}"}`) && sha256(body) === data.hash
    ? ({ ...data, about: data.about ?? null } as AuditEntry)
    : undefined;
}

/** Why a line is not the one that follows `head`; undefined when it is. */
export function auditProblem(head: AuditHead, entry: AuditEntry | undefined): string | undefined {
  if (!entry) return "was altered: it is not what its digest says";
  if (entry.n !== head.n + 1) return `has number ${entry.n}, and ${head.n + 1} comes here`;
  return entry.prev === head.hash ? undefined : "does not follow the line before it, which was altered";
}

/** What some readers take for the end of a line, JSON leaves as it is. */
function oneLine(json: string): string {
  return json.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
