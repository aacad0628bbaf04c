/** What a step and a line of the channel leave behind when they leave the thread. Pure. */
import type { Message } from "../protocol/message.ts";
import { COORDINATOR, OPERATOR } from "../protocol/roles.ts";
import {
  joinRedacted,
  type Redacted,
  type RedactedJson,
  redacted,
  rewrite,
  sliceRedacted,
} from "../redact/redacted.ts";
import type { Effect, ToolResult } from "../tools/tool.ts";
import type { ToolRequest } from "./model.ts";
import { inOneLine } from "./prompt.ts";
import type { Note } from "./thread-unit.ts";

const CHARS = { argument: 70, arguments: 120, line: 120, said: 160, fact: 240 };

/** What the runtime has recorded of a call beside its result. */
export type Did = { target: Redacted; effect: Effect };

const KIND = { read: "look", workspace: "file", infrastructure: "change" } as const satisfies Record<
  Effect,
  Note["kind"]
>;

/** A call with its outcome; of a long result where all of it is. */
export function noteOfCall({ tool, args }: ToolRequest, { target, effect }: Did, result: ToolResult): Note {
  const { kind, stdout, stderr, artifact } = result;
  const whole = artifact ? redacted`, all of it: ${artifact}` : "";
  const what = effect === "workspace" ? target : argumentsInShort(args);
  const first = firstLine(kind === "ok" ? stdout : stderr || stdout);
  return {
    kind: KIND[effect],
    key: effect === "workspace" ? target : `${tool} ${JSON.stringify(args)}`.slice(0, 2_000),
    text: redacted`${tool} ${what} [${kind}]${whole}`,
    ...(first && { detail: first }),
  };
}

/** Undefined for the operator's words, which stay as they are. */
export function noteOfMessage({ id, sender, to, content, fact }: Message): Note | undefined {
  if (sender === OPERATOR && !fact) return undefined;
  const text = inOneLine(content, fact ? CHARS.fact : CHARS.said);
  const [first = COORDINATOR] = to;
  const who = fact ? redacted`${sender} (fact)` : redacted`${sender} to ${first}`;
  return { kind: "said", key: id, text: redacted`${who}: ${text}` };
}

/** What the role itself has said. */
export function noteOfReply(text: Redacted): Note {
  return {
    kind: "said",
    key: `I ${text.slice(0, 400)}`,
    text: redacted`You: ${inOneLine(text, CHARS.said)}`,
  };
}

function argumentsInShort(args: ToolRequest["args"]): Redacted {
  if (typeof args !== "object" || args === null) return redacted``;
  const values = Object.values(args as Readonly<Record<string, RedactedJson>>).flatMap((value) => {
    if (typeof value === "number") return [redacted`${value}`];
    return typeof value === "string" ? [inOneLine(value, CHARS.argument)] : [];
  });
  return sliceRedacted(joinRedacted(values, " "), 0, CHARS.arguments);
}

function firstLine(text: Redacted): Redacted {
  const start = rewrite(sliceRedacted(text, 0, 2_000), (it) => it.trimStart().split("\n", 1)[0] ?? "");
  return inOneLine(start, CHARS.line);
}
