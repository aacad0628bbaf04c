/** What the reviewer's tools get: the changes of this session, and the way to record a verdict as a grant. */
import { AppError } from "../base/errors.ts";
import type { OwnApprovals } from "../bus/approvals.ts";
import type { Bus } from "../bus/bus.ts";
import type { Call } from "../host/commands/call.ts";
import type { Message } from "../protocol/message.ts";
import { findChange } from "../protocol/posted-change.ts";
import type { Review } from "../tools/tool.ts";
import { untilUp } from "./until-up.ts";

export type ReviewParts = {
  bus: Pick<Bus, "approvals">;
  approvals: OwnApprovals;
  /** How long a verdict holds. */
  holdMs: number;
};

export function createReview(
  { bus, approvals, holdMs }: ReviewParts,
  { message, call, shown }: { message: Message; call: Call; shown: readonly string[] },
): Review {
  const { signal } = call;
  return {
    shown,
    async find(name) {
      const changes = await untilUp(() => bus.approvals.changes({ signal }), signal);
      const found = findChange(changes, name);
      if (found) return found;
      const known = changes
        .filter(({ state }) => state === "waiting")
        .map(({ digest }) => digest.slice(0, 8));
      throw new AppError(
        "not_found",
        `There is no change ${name}. Those that wait: ${known.join(", ") || "none"}.`,
      );
    },
    async text(change) {
      const text = await untilUp(() => bus.approvals.text(change, { signal }), signal);
      if (text !== undefined) return text;
      throw new AppError("not_found", "The text of this change is gone.");
    },
    async record({ digest }, { verdict, why }) {
      const id = `${call.id}-${digest.slice(0, 16)}`;
      const grant = { id, change: digest, verdict, why, forMs: holdMs };
      await untilUp(() => approvals.grant(grant, { signal, message }), signal);
    },
  };
}
