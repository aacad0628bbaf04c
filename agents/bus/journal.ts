/** The durable record of a turn: written before and after each thing it does, read back after a crash. */
import type { Message } from "../protocol/message.ts";
import type { Draft, WaitOptions } from "./bus.ts";

export type TurnStatus = "completed" | "awaiting" | "blocked" | "exhausted" | "cancelled" | "failed" | "dead";

/**
 * Keys are `reply:<step>`, `intent:<step>.<call>`, `outcome:<step>.<call>`, and `runs` once a turn has begun
 * more than once; values are JSON. Every write is refused with `stale` when the epoch, the session or the lease
 * under which the turn began has passed. While the store is away writes wait for it, until `signal`.
 */
export interface TurnJournal {
  read(options: WaitOptions): Promise<ReadonlyMap<string, string>>;
  /** Several entries at once, all or nothing. */
  record(entries: Readonly<Record<string, string>>, options: WaitOptions): Promise<void>;
  /** The last word (if any), "turn done" and the acknowledgement of the message, in one transaction. */
  finish(status: TurnStatus, reply: Draft | undefined, options: WaitOptions): Promise<Message | undefined>;
  /** End a turn whose run was stopped: recorded with its cause and acknowledged; nothing is said. */
  cancel(cause: string, options: WaitOptions): Promise<void>;
  /** Give a message up that interrupts its turn again and again: it goes to the dead letters, for the operator. */
  bury(cause: string, options: WaitOptions): Promise<void>;
}
