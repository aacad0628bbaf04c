/**
 * What moving and keeping messages means here, independent of Redis. Two implementations: redis-bus.ts
 * and memory-bus.ts, held to one contract suite (testing/bus-contract.ts).
 */
import { AppError } from "../base/errors.ts";
import type { Guest } from "../base/guests.ts";
import type { Scopes, Seen } from "../protocol/admission.ts";
import type { Ask, Ended, Outcome } from "../protocol/admit.ts";
import type { Amount } from "../protocol/budget.ts";
import type { CallOutput, CallReport } from "../protocol/call-report.ts";
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import type { Ruling } from "../protocol/criterion.ts";
import type { Activity, Message, Notice, Thought } from "../protocol/message.ts";
import type { Mission, MissionDesk } from "../protocol/mission.ts";
import type { Role } from "../protocol/roles.ts";
import type { Spending, Spent } from "../protocol/spending.ts";
import type { Redacted } from "../redact/redacted.ts";
import type { Approvals, OwnApprovals } from "./approvals.ts";
import type { Entries, RecordedTurn } from "./journal-keys.ts";

/** The last messages kept for prompts; thoughts are not among them. */
export const HISTORY_LIMIT = 80;
/** What everybody sees as it happens. Best effort: what must not be missed is read from a mailbox. */
export type LiveEvent =
  | Message
  | Thought
  | Notice
  | Activity
  | CallReport
  | { kind: "control"; command: ControlCommand; control: ControlState }
  | { kind: "connection"; state: "up" | "down"; reason: string }
  | { kind: "malformed"; count: number };

/** What is shown to whoever watches now, and kept nowhere. */
export type Aside = Thought | Notice | Activity | CallReport;

/** Text for the channel before the bus gives it session, epoch and time. */
export type Draft = Pick<Message, "id" | "sender" | "to" | "content" | "signal" | "fact" | "work">;

/** A message addressed to a role that has not ended its turn yet. */
export type Delivery = {
  message: Message;
  /** It may have been handed out before: it was there when the mailbox was opened, or when its connection came back. */
  isAgain: boolean;
};

/** A message that was given up, because its turn did not survive. */
export type DeadLetter = { role: Role; message: Message; cause: Redacted; timestamp: string };

/** Where the journal has a call. */
export type CallPlace = Pick<CallReport, "role" | "messageId" | "callId">;

export type WaitOptions = { signal: AbortSignal };

export interface Bus {
  /**
   * Store and publish a message, all or nothing. Sending the same id again changes nothing. An operator's
   * message sets a stopped team running. Rejects at once with `unavailable` while the store is away: keep the
   * draft and send it again.
   */
  send(draft: Draft, options: WaitOptions): Promise<Message>;
  /**
   * STOP: a new epoch, stopped. CLEAR: a new session as well, with a history that holds nothing but this fact. Whoever repeats it, because no
   * answer came, gives the `id` that it had the first time: then it is done once.
   */
  command(command: ControlCommand, options: WaitOptions & { id?: string }): Promise<ControlState>;
  control(options: WaitOptions): Promise<ControlState>;
  /** The last messages of this session, oldest first. */
  history(options: WaitOptions): Promise<Message[]>;
  /** Show to whoever watches now; dropped without a trace when nobody does. */
  show(event: Aside): void;
  /**
   * Call back for everything that is said and done from now on; returns the way to stop. A role's bus may leave out what
   * other roles than the coordinator say to others.
   */
  watch(listener: (event: LiveEvent) => void): () => void;
  mailbox(role: Role, consumer: string): Mailbox;
  /** What was given up in this session, by whichever role. */
  deadLetters(options: WaitOptions): Promise<DeadLetter[]>;
  /** What a call printed, for the operator; undefined when its turn has recorded nothing of it (yet, or any more). */
  callOutput(call: CallPlace, options: WaitOptions): Promise<CallOutput | undefined>;
  /** What the roles' model calls have cost, by turn: of this session unless told. */
  spending(options: WaitOptions & { session?: string }): Promise<Spending[]>;
  readonly budgets: Budgets;
  readonly approvals: Approvals;
  readonly missions: Missions;
  readonly guests: GuestBook;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What the operator says of a criterion; dated by Redis. */
export type NewRuling = Omit<Ruling, "at">;

/** As the operator sees it. His messages are its words, by themselves. */
export interface Missions {
  /** The open one, or the last; undefined before the first. */
  read(options: WaitOptions): Promise<Mission | undefined>;
  /** To correct or reopen reopens the mission. AppError `stale` when another one has begun. */
  rule(missionId: string, ruling: NewRuling, options: WaitOptions): Promise<void>;
  /** The operator's next message begins another one. */
  close(options: WaitOptions): Promise<void>;
}

/** As the operator sees them and adds to them. */
export interface Budgets {
  /** What the roles have spent and reserved, what the operator has added, and which session and day it is. */
  read(options: WaitOptions): Promise<Seen & { scopes: Scopes }>;
  /** The operator's alone: from now on the budgets of this session and this day are more by so much. */
  raise(more: Amount, options: WaitOptions): Promise<void>;
  /** What each of the last sessions before this one has spent, newest first; those that asked no model are left out. */
  earlier(options: WaitOptions): Promise<Spending[][]>;
}

/** The guests that the operator has named in the console. AppError `bad_config` for a record of another format. */
export interface GuestBook {
  read(options: WaitOptions): Promise<readonly Guest[]>;
  /** The operator's alone; `change` may be asked more than once, and what it throws changes nothing. */
  change(change: (known: readonly Guest[]) => readonly Guest[], options: WaitOptions): Promise<void>;
}

/** The durable inbox of one role. What it hands out stays pending until the journal of its turn is finished. */
export interface Mailbox {
  /**
   * Wait (at most about a second) for what was addressed to the role; all that is pending comes first. `[]` when nothing
   * came. After a broken connection the same message may come again.
   */
  receive(options: WaitOptions): Promise<Delivery[]>;
  /** The journal of the turn about a message that was received here. */
  journal(message: Message): TurnJournal;
  /** Aborts when another replica has taken over this role: nothing more can be written by this one. */
  leaseLost(): AbortSignal;
  /**
   * AppError `stale` unless it is sure that no other replica has this role. Asked right before each effect: a replica
   * that was frozen may have been succeeded, and `leaseLost` tells it too late.
   */
  assertInCharge(): void;
  /** The turns of which the thread is made that the role's newest turn began or went on with; those no longer kept are left out. */
  thread(options: WaitOptions): Promise<RecordedTurn[]>;
  /** By which this replica's model calls are admitted. */
  readonly account: Account;
  /** By which this replica's changes are posted, granted and begun. */
  readonly approvals: OwnApprovals;
  readonly mission: MissionDesk;
}

/**
 * A role's part of the budgets and of the provider's limits. Every write is refused with `stale` when the lease has gone;
 * all reject with `unavailable` while the store is away.
 */
export interface Account {
  /** Reserve what the call costs at most, if all roles together stay within budgets and limits. */
  admit(ask: Ask, options: WaitOptions): Promise<Outcome>;
  /** Calls that have ended; repeating it changes nothing. */
  settle(ended: readonly Ended[], options: WaitOptions): Promise<void>;
  /** It waits for nothing any more. */
  leave(options: WaitOptions): Promise<void>;
  /** What the role's own ledger has of a session. */
  spent(session: string, options: WaitOptions): Promise<Spent[]>;
}

export type FinishOptions = WaitOptions & {
  entries?: Entries;
  /** Other messages that the reply answers: their turns end with this one. */
  also?: readonly Message[];
  /** Said before the reply. */
  fact?: Draft | undefined;
  /** Rejects with `conflict`, and writes nothing, while the operator has said something to the role that is not among these. */
  unlessOperatorSpoke?: boolean;
};
/** `fact` is said in the run of now, with the end of the turn. */
export type CutOptions = WaitOptions & { fact?: Draft | undefined; entries?: Entries };
export type TurnStatus = "completed" | "awaiting" | "blocked" | "exhausted" | "cancelled" | "failed" | "dead";

/**
 * Keys are those of journal-keys.ts. Every write is refused with `stale` when the epoch, the session or the lease under
 * which the turn began has passed. While the store is away writes wait for it, until `signal`.
 */
export interface TurnJournal {
  read(options: WaitOptions): Promise<ReadonlyMap<string, string>>;
  /** Several entries at once, all or nothing. */
  record(entries: Entries, options: WaitOptions): Promise<void>;
  /** The last entries, the final reply (if any), "turn done" and the acknowledgement of the message, in one transaction. */
  finish(status: TurnStatus, reply: Draft | undefined, options: FinishOptions): Promise<Message | undefined>;
  /** End a turn whose run was stopped: recorded with its cause and acknowledged; no words are said. */
  cancel(cause: Redacted, options: CutOptions): Promise<void>;
  /** Give a message up that interrupts its turn again and again: it goes to the dead letters, for the operator. */
  bury(cause: Redacted, options: CutOptions): Promise<void>;
}

/** The AppError `stale` of a replica whose role has gone to another. */
export function leaseLostError(role: Role): AppError {
  return new AppError("stale", `another replica of ${role} has taken over`);
}
