/** A text of the operator as a message to send, or why it cannot be one. Pure but for the new id. */
import type { Draft } from "../agents/bus/bus.ts";
import { explainUnknown, resolveRecipients } from "../agents/protocol/addressing.ts";
import { MAX_CONTENT_CHARS, newMessageId } from "../agents/protocol/message.ts";
import { OPERATOR } from "../agents/protocol/roles.ts";
import { fromRedactedParts, type Redacted, redacted } from "../agents/redact/redacted.ts";

export type Drafted =
  | { kind: "draft"; draft: Draft; hasControlLine: boolean }
  | { kind: "impossible"; problem: Redacted };

/** The content is the text, byte for byte, without the secrets that were typed into it. */
export function draftOf(content: Redacted): Drafted {
  if (content.length > MAX_CONTENT_CHARS) {
    return impossible(redacted`${content.length} characters, and ${MAX_CONTENT_CHARS} is the most.`);
  }
  const { to, unknown } = resolveRecipients(OPERATOR, content);
  if (unknown.length > 0)
    return impossible(
      redacted`${fromRedactedParts(explainUnknown(unknown))} In \`back-ticks\` a name is only text.`,
    );
  const draft = { id: newMessageId(OPERATOR), sender: OPERATOR, to, content } as const;
  return { kind: "draft", draft, hasControlLine: /^(STOP|CLEAR)[ \t]*$/m.test(content) };
}

function impossible(reason: Redacted): Drafted {
  return { kind: "impossible", problem: redacted`Not sent: ${reason}` };
}
