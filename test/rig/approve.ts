/** The operator of a rehearsal, where changes need him: he lets each happen that the reviewer has read, and counts them. */
import { isAppError } from "../../agents/base/errors.ts";
import type { Bus } from "../../agents/bus/bus.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR } from "../../agents/protocol/roles.ts";
import { redacted } from "../../agents/redact/redacted.ts";

export type Approver = { readonly asked: number; stop(): void };

const HOLD_MS = 600_000;

/** At most so often; what waits after that waits for nobody. */
export function approveChanges(
  bus: Bus,
  { atMost, signal }: { atMost: number; signal: AbortSignal },
): Approver {
  const decided = new Set<string>();
  const approve = async () => {
    for (const { digest, state, session, epoch, messageId, callId } of await bus.approvals.changes({
      signal,
    })) {
      const name = `${digest} ${messageId} ${callId}`;
      if (state !== "waiting" || decided.has(name) || decided.size >= atMost) continue;
      decided.add(name);
      const grant = {
        id: newMessageId(OPERATOR),
        change: digest,
        verdict: "approve",
        session,
        epoch,
      } as const;
      await bus.approvals.grant({ ...grant, why: redacted``, forMs: HOLD_MS }, { signal });
    }
  };
  const stop = bus.watch((event) => {
    if (event.kind === "notice") void approve().catch(ignoreEnding);
  });
  return {
    get asked() {
      return decided.size;
    },
    stop,
  };
}

function ignoreEnding(error: unknown): void {
  if (!isAppError(error) && !(error instanceof DOMException)) throw error;
}
