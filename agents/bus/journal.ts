/** The durable record of a turn: written before and after each thing it does, read back after a crash. */
import type { Message } from "../protocol/message.ts";
import type { Draft } from "./bus.ts";

export type TurnStatus = "completed" | "awaiting" | "blocked" | "exhausted" | "cancelled" | "failed";

/**
 * Keys are `reply:<step>`, `intent:<step>:<call>`, `outcome:<step>:<call>`; values are JSON. Every write is
 * refused with `stale` when the epoch, the session or the lease under which the turn began has passed.
 */
export interface TurnJournal {
  read(): Promise<ReadonlyMap<string, string>>;
  record(key: string, value: string): Promise<void>;
  /** The last word (if any), "turn done" and the acknowledgement of the message, in one transaction. */
  finish(status: TurnStatus, reply?: Draft): Promise<Message | undefined>;
  /** End a turn whose run was stopped: recorded with its cause and acknowledged; nothing is said. */
  cancel(cause: string): Promise<void>;
}
