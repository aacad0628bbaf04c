/** What a call did to the cluster, or looked at there, as far as `[DONE]` has to know. Shape. */
import { z } from "zod";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";

export type Deed = {
  /** The mission under which it was done. */
  mission: string;
  kind: "change" | "read";
  tool: Redacted;
  /** `*`: anywhere in the cluster. */
  hosts: Redacted[];
  /** What it was about: ids of guests, else words that name things. */
  subjects: Redacted[];
  /** `begun` until its end is known. */
  outcome: "begun" | "ok" | "failed" | "refused" | "timeout" | "cancelled" | "unknown";
  /** When it was recorded, in milliseconds of Redis' clock. */
  at: number;
};
/** Before it is recorded. */
export type NewDeed = Omit<Deed, "at" | "mission"> & { mission: Redacted };

export const ANYWHERE = "*";
export const MAX_SUBJECTS = 60;

export function deedShape(redactor: Redactor): z.ZodType<Deed> {
  const text = z
    .string()
    .max(200)
    .transform((it) => redactor(it));
  return z.object({
    ...{ mission: z.string().max(64), kind: z.enum(["change", "read"]) },
    ...{ tool: text, hosts: z.array(text).max(200), subjects: z.array(text).max(MAX_SUBJECTS) },
    outcome: z.enum(["begun", "ok", "failed", "refused", "timeout", "cancelled", "unknown"]),
    at: z.number().min(0).max(1e15),
  });
}
