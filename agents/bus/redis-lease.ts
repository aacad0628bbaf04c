/** Who may read and write for a role: one replica at a time, for as long as it keeps saying so. */
import { randomUUID } from "node:crypto";
import type { Role } from "../protocol/roles.ts";
import { leaseLostError } from "./bus.ts";
import type { Look, RedisCommand } from "./look.ts";
import { leaseKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";
import { longestBetween, type Moment, now } from "./sleepless-clock.ts";

/** How long a replica that falls silent keeps its role; it renews about four times in that time. */
export const LEASE_MS = 15_000;

export type LeaseOptions = {
  store: RedisStore;
  role: Role;
  consumer: string;
  leaseMs: number;
  /** The machine's unless told. */
  clock?: () => Moment;
};

export class Lease {
  /** The same consumer started again may take over its own lease, once; its frozen twin has another value. */
  readonly value: string;
  readonly #store: RedisStore;
  readonly #key: string;
  readonly #role: Role;
  readonly #look: Look;
  readonly #consumer: string;
  readonly #leaseMs: number;
  #holding: AbortController | undefined;
  #hasHeld = false;
  /** For `leaseMs` after this nobody else can have it; undefined before it was ever asked for. */
  #sureSince: Moment | undefined;
  readonly #clock: () => Moment;
  #renewal: NodeJS.Timeout | undefined;

  constructor(options: LeaseOptions) {
    this.#store = options.store;
    this.#key = leaseKey(options.role);
    this.#role = options.role;
    this.#look = { watch: [this.#key], reads: [["GET", this.#key]] };
    this.#consumer = options.consumer;
    this.#leaseMs = options.leaseMs;
    this.#clock = options.clock ?? now;
    this.value = `${options.consumer}#${randomUUID()}`;
  }

  get isHeld(): boolean {
    return this.#holding !== undefined;
  }

  /** Aborts when another replica has taken over. */
  lost(): AbortSignal {
    return this.#holding?.signal ?? AbortSignal.abort();
  }

  /**
   * AppError `stale` when another replica may have taken over since the last renewal: a process that was frozen, or whose
   * machine slept, learns it here before any message can tell it.
   */
  assertHeld(): void {
    const since = this.#sureSince;
    if (this.#holding && since && longestBetween(since, this.#clock()) < this.#leaseMs) return;
    throw leaseLostError(this.#role);
  }

  /** False while another replica holds it. */
  async take(): Promise<boolean> {
    const asked = this.#clock();
    const isTaken = await this.#store.transact(this.#look, ([holder]) => {
      const isOwn =
        holder === this.value || (!this.#hasHeld && String(holder).startsWith(`${this.#consumer}#`));
      const isFree = holder === null || isOwn;
      return isFree
        ? { result: true, write: [["SET", this.#key, this.value, "PX", this.#leaseMs]] }
        : { result: false };
    });
    if (!isTaken) return false;
    this.#hasHeld = true;
    this.#sureSince = asked;
    this.#holding = new AbortController();
    clearInterval(this.#renewal);
    this.#renewal = setInterval(() => void this.#renew(), this.#leaseMs / 4);
    this.#renewal.unref();
    return true;
  }

  /** Idempotent. A successor need not wait for its end. */
  async release(): Promise<void> {
    if (!this.#holding) return;
    this.#end();
    await this.#ifMine(["DEL", this.#key]).catch(() => {}); // away: it expires by itself
  }

  async #renew(): Promise<void> {
    const asked = this.#clock();
    try {
      if (await this.#ifMine(["PEXPIRE", this.#key, this.#leaseMs])) this.#sureSince = asked;
      else this.#end();
    } catch {
      // away: every write is fenced by the lease anyway, and the next renewal looks again
    }
  }

  #end(): void {
    clearInterval(this.#renewal);
    this.#holding?.abort(leaseLostError(this.#role));
    this.#holding = undefined;
  }

  async #ifMine(write: RedisCommand): Promise<boolean> {
    return await this.#store.transact(this.#look, ([holder]) =>
      holder === this.value ? { result: true, write: [write] } : { result: false },
    );
  }
}
