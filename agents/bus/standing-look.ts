/**
 * What was looked at in Redis before anybody asked, under a WATCH that still stands: good for one transaction, on the
 * same connection, for a while. It knows nothing of connections but their number.
 */
import type { Look } from "./look.ts";

/** In that time the clock of this machine goes as that of Redis. */
const MAX_AGE_MS = 10_000;
/** Clocks that differ by more in how much has passed: the machine slept, or one of them was set. */
const MAX_JUMP_MS = 20;
/** TIME was read at some moment within a round trip; a longer one leaves it too open. */
const MAX_ROUND_TRIP_MS = 50;

type Clocks = { monotonicMs: number; wallMs: number };
type Seen = { look: Look; replies: readonly unknown[]; connection: number; at: Clocks };

export class StandingLook {
  #seen: Seen | undefined;

  /** `askedMs`: of `performance.now()`, when it was asked for. */
  keep(
    look: Look,
    { replies, connection, askedMs }: { replies: readonly unknown[]; connection: number; askedMs: number },
  ): void {
    const at = clocks();
    const isClose = at.monotonicMs - askedMs <= MAX_ROUND_TRIP_MS;
    this.#seen = isClose ? { look, replies, connection, at } : undefined;
  }

  /** The WATCH has ended, or will before it is of use. */
  drop(): void {
    this.#seen = undefined;
  }

  /** The replies, once, TIME as it is by now: never later than that. Undefined when they are not good for this look. */
  take(look: Look, connection: number): unknown[] | undefined {
    const seen = this.#seen;
    this.drop(); // the end of any transaction is the end of the WATCH
    if (seen?.look !== look || seen.connection !== connection) return undefined;
    const passed = passedSince(seen.at);
    if (passed === undefined) return undefined;
    return seen.replies.map((reply, index) =>
      look.reads[index]?.[0] === "TIME" ? later(reply, passed) : reply,
    );
  }
}

function clocks(): Clocks {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

/** Milliseconds; undefined for too many, and for clocks that do not agree. */
function passedSince(then: Clocks): number | undefined {
  const now = clocks();
  const passed = now.monotonicMs - then.monotonicMs;
  const isSteady = Math.abs(now.wallMs - then.wallMs - passed) <= MAX_JUMP_MS;
  return isSteady && passed <= MAX_AGE_MS ? passed : undefined;
}

function later(time: unknown, passedMs: number): [string, string] {
  const [seconds, microseconds] = time as [string, string];
  const micros = Number(microseconds) + Math.floor(passedMs * 1_000);
  return [String(Number(seconds) + Math.floor(micros / 1e6)), String(micros % 1e6)];
}
