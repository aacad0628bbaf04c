/**
 * A change as it is posted before it may happen: what a reviewer, the operator's console and a log show of it. Each role
 * posts its own; the whole text is kept beside it, by the digest. Pure.
 */
import { z } from "zod";
import type { Redactor } from "../redact/redact.ts";
import { ours, type Redacted } from "../redact/redacted.ts";
import { digestShape, MIN_NAME_CHARS } from "./grant.ts";
import { messageIdShape, parseWire, sessionShape } from "./message.ts";
import { ROLES, type Role } from "./roles.ts";

const STATES = ["waiting", "begun", "refused", "ended"] as const;

export type PostedChange = {
  digest: string;
  role: Role;
  tool: Redacted;
  target: Redacted;
  /** The first of what it does, a line each. */
  gist: Redacted;
  /** Why it is of high risk, each once; `[]` when it is not. */
  risks: readonly Redacted[];
  /** What a person types to let it happen, where it destroys something. */
  typed: Redacted;
  /** Length of the whole text, in characters; why not all of it can be shown, else "". */
  chars: number;
  unshown: Redacted;
  /** The call that waits, or has waited. */
  messageId: string;
  callId: string;
  session: string;
  epoch: number;
  /** `begun`: let through; `refused`: by a grantor, a dial or the time; `ended`: by STOP, the operator's word, or a new look. */
  state: (typeof STATES)[number];
  /** Who let it through or why not. */
  outcome: Redacted;
  /** In milliseconds of Redis' clock: since when, and until when it waits. */
  at: number;
  until: number;
};

export const MAX_GIST_CHARS = 4_000;
const MAX_RISKS = 40;
const FORMAT = 1;
const time = z.number().int().min(0).max(1e14);
const text = z.string().max(MAX_GIST_CHARS);
const shape = z.object({
  format: z.literal(FORMAT),
  digest: digestShape,
  role: z.enum(ROLES),
  ...{ tool: text, target: text, gist: text, typed: text, unshown: text, outcome: text },
  risks: z.array(text).max(MAX_RISKS),
  chars: z.number().int().nonnegative(),
  messageId: messageIdShape,
  callId: z.string().regex(/^\d{1,9}\.\d{1,9}$/),
  session: sessionShape,
  epoch: z.number().int().nonnegative(),
  state: z.enum(STATES),
  at: time,
  until: time,
});

export function encodeChange(change: PostedChange): string {
  return JSON.stringify({ format: FORMAT, ...change, risks: change.risks.slice(0, MAX_RISKS) });
}

/** Undefined for what is none, and for what one role has posted as another. */
export function parseChange(json: string, role: Role, redactor: Redactor): PostedChange | undefined {
  const parsed = shape.safeParse(parseWire(json)).data;
  if (parsed?.role !== role) return undefined;
  const { format: _, tool, target, gist, typed, unshown, outcome, risks, ...rest } = parsed;
  return {
    ...rest,
    ...{ tool: redactor(tool), target: redactor(target), gist: redactor(gist), typed: redactor(typed) },
    ...{ unshown: redactor(unshown), outcome: redactor(outcome), risks: risks.map((risk) => redactor(risk)) },
  };
}

/** As people and models say it. */
export function nameOf({ digest }: Pick<PostedChange, "digest">): Redacted {
  return ours(digest.slice(0, MIN_NAME_CHARS));
}

/** The one whose digest begins so; undefined for none, and for several. */
export function findChange<Change extends Pick<PostedChange, "digest">>(
  changes: readonly Change[],
  name: string,
): Change | undefined {
  if (name.length < MIN_NAME_CHARS) return undefined;
  const found = changes.filter(({ digest }) => digest.startsWith(name));
  return found.length === 1 ? found[0] : undefined;
}
