/**
 * The operator's two dials: what the team may change at all, and who is asked before it changes the cluster. Settings say
 * how a session begins; what he sets in the console holds until that session ends. Pure.
 */
import { z } from "zod";
import { type Config, settings } from "../base/config.ts";
import { parseWire, sessionShape } from "./message.ts";

export const CHANGES = settings.shape.CHANGES.unwrap().options;
export const APPROVALS = settings.shape.APPROVAL.unwrap().options;

/**
 * `approval`: "reviewer" asks Security_Sentinel; "high-risk" the operator as well where the risk is high; "operator" always
 * both; "advise" asks nobody and records everything.
 */
export type Dials = { changes: Config["CHANGES"]; approval: Config["APPROVAL"] };
/** What the operator has set, for one session. */
export type SetDials = { session: string } & Partial<Dials>;

const FORMAT = 1;
const shape = z.object({
  format: z.literal(FORMAT),
  session: sessionShape,
  changes: z.enum(CHANGES).optional(),
  approval: z.enum(APPROVALS).optional(),
});

export function dialsOf({ CHANGES: changes, APPROVAL: approval }: Config): Dials {
  return { changes, approval };
}

/** What holds in a session. */
export function dialsIn(session: string, begun: Dials, set: SetDials | undefined): Dials {
  if (set?.session !== session) return begun;
  return { changes: set.changes ?? begun.changes, approval: set.approval ?? begun.approval };
}

export function encodeDials(set: SetDials): string {
  return JSON.stringify({ format: FORMAT, ...set });
}

/** Undefined for what is none: then the settings hold. */
export function parseDials(json: string | null | undefined): SetDials | undefined {
  const parsed = json ? shape.safeParse(parseWire(json)).data : undefined;
  if (!parsed) return undefined;
  const { session, changes, approval } = parsed;
  return { session, ...(changes && { changes }), ...(approval && { approval }) };
}
