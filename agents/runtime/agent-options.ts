/** What an agent is given: its bus, its turns, and who is told. */
import type { Bus, Delivery, Mailbox } from "../bus/bus.ts";
import type { RecordedTurn } from "../bus/journal-keys.ts";
import type { Message } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Logger } from "../redact/log.ts";
import type { Redactor } from "../redact/redact.ts";
import type { TurnEnd, TurnListener } from "./events.ts";
import type { JournalWriter } from "./journal-writer.ts";

export type AgentOptions = {
  role: Role;
  bus: Bus;
  mailbox: Mailbox;
  /** One turn: prompt, model, tools. Rejects when its signal aborts. */
  turn(work: {
    delivery: Delivery;
    /** What waited beside it: one reply answers all. */
    also: readonly Message[];
    /** To be asked before each step: what the operator has said meanwhile. */
    hear: (step: number) => readonly Message[];
    journal: JournalWriter;
    history: readonly Message[];
    /** The turns before it, of which the role's thread is made. */
    past: readonly RecordedTurn[];
    signal: AbortSignal;
  }): Promise<TurnEnd>;
  /** Resolves when the role has what it needs; messages are taken in before, turns begin after. */
  ready(signal: AbortSignal): Promise<void>;
  /** A new session or run began: forget what belonged to the old one. */
  onReset(): void;
  /** No turn about this message follows: end what an earlier life of the agent may have left running. */
  onOver(message: Message): Promise<void>;
  /** Calls of the turn at work that changed or showed something new. Without it there is no brake on talk. */
  newsOfTurn?: () => number;
  emit: TurnListener;
  redactor: Redactor;
  log: Logger;
};
