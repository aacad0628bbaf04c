/** What was seen, in the form in which a judge looks at it. */
import type { WireRequest } from "../../../lab/model/rules/wire-request.ts";
import type { Ran, Turn } from "./one-role.ts";
import type { Asked } from "./replay-server.ts";

/** Everything of a turn that the operator can read. */
export function shownTo({ said, notices, waits }: Turn): string {
  return [said ?? "", ...notices, ...waits].join("\n");
}

/** What the second request tells the model that the first did not: all it heard about its first reply. */
export function newWords(asked: readonly Asked[]): string {
  const [before, after] = asked.filter(({ refused }) => refused === undefined);
  if (!before || !after) return "";
  const known = textsOf(before.body).join("\n");
  return textsOf(after.body)
    .map((text) => (text.startsWith(known) ? text.slice(known.length) : text))
    .filter((text) => text !== "" && !known.includes(text))
    .join("\n");
}

/** The first difference; undefined when exactly these ran, in this order. Arguments may have more than was asked for. */
export function differsFrom(ran: readonly Ran[], calls: readonly Ran[]): string | undefined {
  const at = calls.findIndex((call, place) => !isCall(ran[place], call));
  if (at >= 0) return `call ${at + 1} is ${JSON.stringify(ran[at] ?? "none")}`;
  const extra = ran[calls.length];
  return extra && `${JSON.stringify(extra)} was run as well`;
}

function isCall(ran: Ran | undefined, { tool, args }: Ran): boolean {
  if (ran?.tool !== tool) return false;
  const given = ran.args as Record<string, unknown>;
  return Object.entries(args as Record<string, unknown>).every(
    ([name, value]) => JSON.stringify(given[name]) === JSON.stringify(value),
  );
}

type Item = { role?: unknown; content?: unknown; output?: unknown };

/** What others than the model said, in either API; neighbours that were joined are several again. */
function textsOf(request: WireRequest): string[] {
  const input = request["input"];
  const items: readonly Item[] = Array.isArray(input) ? input : request.messages;
  return items
    .filter(({ role, output }) => output !== undefined || ["user", "tool", "system"].includes(String(role)))
    .flatMap(({ content, output }) => wordsOf(output ?? content).split("\n"));
}

function wordsOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => String(part.text ?? "")).join("\n");
}
