/** Chains of a node while they are being made. */
import type { Row } from "../cluster/state.ts";
import type { Names } from "./addresses.ts";
import { logLine } from "./rule-lines.ts";

export type Draft = { chains: Map<string, string[]>; names: Names; options: Row };
export type Direction = "IN" | "OUT";

/** `lines` without `-A CHAIN`. */
export function add(draft: Draft, chain: string, ...lines: string[]): void {
  put(
    draft,
    chain,
    lines.map((line) => `-A ${chain} ${line}`),
  );
}

export function put(draft: Draft, chain: string, lines: readonly string[]): void {
  const all = draft.chains.get(chain);
  if (!all) draft.chains.set(chain, [...lines]);
  else for (const line of lines) all.push(line);
}

export function policy(
  draft: Draft,
  chain: string,
  { action, level }: { action: unknown; level: string },
): void {
  if (action === "ACCEPT") {
    add(draft, chain, "-j RETURN");
    return;
  }
  const isDrop = action === "DROP";
  add(draft, chain, isDrop ? "-j PVEFW-Drop" : "-j PVEFW-Reject");
  const told = { level: draft.options[level], text: `policy ${action}: ` };
  put(draft, chain, logLine(`-A ${chain}`, chain, told));
  add(draft, chain, isDrop ? "-j DROP" : "-g PVEFW-reject");
}
