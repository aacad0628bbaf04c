/** One question to a model, within a limit of time, and what came of it. */
import { type AppError, describeError, isAppError } from "../../agents/base/errors.ts";
import { type Message, newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../../agents/protocol/roles.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import type { Model, ModelMessage, ModelReply } from "../../agents/runtime/model.ts";
import type { Finding } from "./finding.ts";

export type Asking = { limitMs: number; redactor: Redactor; signal: AbortSignal };
export type Answered = { finding: Finding; reply?: ModelReply };

/** `judge` says what is wrong with a reply, or nothing. Rejects when `signal` aborts. */
export async function askOnce(
  { model, messages }: { model: Model; messages: readonly ModelMessage[] },
  judge: (reply: ModelReply) => string | undefined,
  { limitMs, redactor, signal }: Asking,
): Promise<Answered> {
  const began = performance.now();
  const limit = AbortSignal.timeout(limitMs);
  let said: string | undefined;
  try {
    const reply = await model.ask(messages, {
      step: 1,
      signal: AbortSignal.any([signal, limit]),
      onWait: (reason) => {
        said = reason;
      },
    });
    const seconds = (performance.now() - began) / 1_000;
    const why = judge(reply);
    if (why !== undefined) return { finding: { kind: "wrong", seconds, why: redactor(why) }, reply };
    return { finding: { kind: "ok", seconds, usage: reply.usage }, reply };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { finding: { kind: "slow", seconds: limitMs / 1_000, said } };
    if (!isAppError(error)) throw error;
    return { finding: refusedBy(error, redactor) };
  }
}

function refusedBy(error: AppError, redactor: Redactor): Finding {
  return { kind: "refused", why: redactor(describeError(error).replaceAll("\n", " ").slice(0, 600)) };
}

/** The operator says it to the role. */
export function told(role: Role, text: string): Message {
  return {
    ...{ kind: "message", id: newMessageId(OPERATOR), sender: OPERATOR, to: [role], content: ours(text) },
    ...{ timestamp: new Date().toISOString(), session: "1", epoch: 1 },
  };
}
