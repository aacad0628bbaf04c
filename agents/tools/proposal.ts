/** What a call would do, put so that a person can judge it: rows, high risk, and all that will run; named by its digest. */
import { createHash } from "node:crypto";
import { isAppError } from "../base/errors.ts";
import type { Change, ChangeRow } from "../governance/change.ts";
import { unknownHost } from "../host/nodes/host.ts";
import { pinnedFingerprints } from "../host/nodes/known-nodes.ts";
import { joinRedacted, type Redacted, redacted } from "../redact/redacted.ts";
import type { Proposal, ToolContext } from "./tool.ts";

/** Longer is shown to nobody as a whole. */
export const MAX_TEXT_CHARS = 150_000;

export type Parts = {
  /** What the digest is made of: each value as JSON has it. */
  named: readonly unknown[];
  change: Change;
  /** One line: what runs where. */
  title: Redacted;
  /** The files, the command, the plan. */
  content: Redacted;
  unshown?: Redacted;
};

export function propose({ named, change, ...parts }: Parts, { redactor }: ToolContext): Proposal {
  return { digest: digestOf(named), change, ...shownWhole({ ...parts, change }, redactor(does(change))) };
}

export function digestOf(named: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(named)).digest("hex");
}

/** Of what has a digest already. */
export function shownWhole(
  { title, content, unshown = redacted`` }: Omit<Parts, "named">,
  effects: Redacted,
): Pick<Proposal, "text" | "unshown"> {
  const text = joinRedacted([title, effects, content], "\n\n");
  const isLong = text.length > MAX_TEXT_CHARS;
  return { text, unshown: isLong ? redacted`It is longer than a reviewer is shown.` : unshown };
}

/** A line for each thing, and why it is of high risk. */
export function does({ effect, rows }: Change): string {
  const more = rows.filter((row) => row.effect !== "read" || row.action === "skip");
  return [
    `Effect: ${effect}. ${rows.length - more.length} of ${rows.length} things only read.`,
    ...more.map(lineOf),
  ].join("\n");
}

function lineOf({ action, what, details, id, name, node, hosts, where, risks }: ChangeRow): string {
  const guest = id ? ` [guest ${[id, name, node && `on ${node}`].filter(Boolean).join(" ")}]` : "";
  const place = where === "host" ? `on ${hosts || "hosts"}` : `in the ${where}`;
  const reasons = risks.map(({ kind, why }) => `\n    risk, ${kind}: ${why}`).join("");
  return `- ${action} ${what}${guest} ${place}${details ? `: ${details}` : ""}${reasons}`;
}

export type Identity = { name: string; host: string; port: number; keys: readonly string[] };

/**
 * Who these hosts are, by address and pinned keys: another machine under the same name is another change. A host that does
 * not answer, and has no pinned key yet, has none here.
 */
export async function identitiesOf(
  { nodes, call }: ToolContext,
  names: readonly string[],
): Promise<Identity[]> {
  const known = nodes.nodes.filter(({ name }) => names.includes(name));
  return await Promise.all(
    known.map(async (node) => {
      const keysOf = () => pinnedFingerprints(nodes.knownNodesFile, node);
      let keys = await keysOf();
      if (keys.length === 0) {
        await nodes.pin(node.name, call).catch(ignoreAway);
        keys = await keysOf();
      }
      return { name: node.name, host: node.host, port: node.port, keys };
    }),
  );
}

/** Of a node, or of a guest as the operator has named it: one that was removed and named again is another. AppError `not_found`. */
export async function identityOf(context: ToolContext, name: string): Promise<Identity> {
  const [node] = await identitiesOf(context, [name]);
  if (node) return node;
  const { nodes, call } = context;
  const { hosts } = await nodes.guests(call.signal);
  const guest = hosts.find((one) => one.name === name);
  if (!guest)
    throw unknownHost(
      name,
      nodes.nodes,
      hosts.map((one) => one.name),
    );
  return {
    name,
    host: guest.host,
    port: guest.port,
    keys: [`as ${guest.user}, by ${guest.via}, named ${guest.since}`],
  };
}

export function identityLines(identities: readonly Identity[]): string {
  return identities
    .map(
      ({ name, host, port, keys }) =>
        `${name} is ${host}, port ${port}, ${keys.join(" ") || "with a key that is not known yet"}`,
    )
    .join("\n");
}

function ignoreAway(error: unknown): void {
  if (!isAppError(error, "unavailable")) throw error;
}
