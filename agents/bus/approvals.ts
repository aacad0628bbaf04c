/** What the bus keeps of changes and grants, independent of Redis: who posts, who grants, who spends. */
import type { ControlState } from "../protocol/control.ts";
import type { SetDials } from "../protocol/dials.ts";
import type { Grant, Spends } from "../protocol/grant.ts";
import type { Message } from "../protocol/message.ts";
import type { PostedChange } from "../protocol/posted-change.ts";
import type { Redacted } from "../redact/redacted.ts";

type Waiting = { signal: AbortSignal };

/** What is known of one change at one moment; `now` in milliseconds of Redis' clock. */
export type Standing = {
  control: ControlState;
  set: SetDials | undefined;
  grants: readonly Grant[];
  spends: Spends;
  now: number;
};

/** What is decided on that, and recorded with it: grants that are spent by this call, and how the change stands. */
export type Ruled<T> = {
  result: T;
  spend?: { grants: readonly Grant[]; call: string };
  posted?: PostedChange;
};

/** As everybody reads it, and the operator writes it. All reject with `unavailable` while the store is away. */
export interface Approvals {
  /** Those of this session, the latest last. */
  changes(options: Waiting): Promise<PostedChange[]>;
  /** The whole of it; undefined when it is gone. */
  text(change: Pick<PostedChange, "role" | "digest">, options: Waiting): Promise<Redacted | undefined>;
  standing(change: string, options: Waiting): Promise<Standing>;
  /** The operator's alone: a grant of his own. */
  grant(grant: OperatorsVerdict, options: Waiting): Promise<Grant>;
  /** The operator's alone: from now on, until this session ends. */
  set(dials: Omit<SetDials, "session">, options: Waiting): Promise<void>;
}

/** `forMs`: how long it holds. */
export type Verdict = Pick<Grant, "id" | "change" | "verdict" | "why"> & { forMs: number };
/** In the run that he has seen: refused with `stale` in another. */
export type OperatorsVerdict = Verdict & Pick<Grant, "session" | "epoch">;

/** A role's own part. Every write is refused with `stale` when the lease, or the run of the message, has gone. */
export interface OwnApprovals {
  post(change: PostedChange, text: Redacted, options: Waiting & { message: Message }): Promise<void>;
  /** Decide on what is known of a change; decides again when that has changed before it is written. */
  rule<T>(
    change: string,
    decide: (standing: Standing) => Ruled<T>,
    options: Waiting & { message: Message },
  ): Promise<T>;
  /** The reviewer's alone. */
  grant(verdict: Verdict, options: Waiting & { message: Message }): Promise<Grant>;
}
