/**
 * What stands in the journal of a turn. Keys are `opening` (what the turn began with), `heard:<step>`, `evicted:<step>`,
 * `reply:<step>`, `correction:<step>`, `intent:<step>.<call>`, `outcome:<step>.<call>`, `deed:<message>:<call>`, those named
 * here, and `runs` once a turn has begun more than once; values are JSON.
 */
export type Entries = Readonly<Record<string, string>>;

/** The entries of a turn's journal, and `status` once it has ended. */
export type RecordedTurn = { messageId: string; entries: ReadonlyMap<string, string> };

/** The entry with what the turn has spent so far. Whatever writes it writes the role's ledger, in the same transaction. */
export const SPENT = "spent";
/** The entry with the id of the mission that the turn is about: the role is at work on it until the turn has ended. */
export const MISSION = "mission";
/** The entry that ends the mission, with the word that says so. */
export const DONE = "done";
/** The entry with the message ids of the turns that the role's thread is made of, this one last: for `Mailbox.thread`. */
export const THREAD = "thread";
