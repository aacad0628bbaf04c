/**
 * A role's own changes, what it spends, and the reviewer's grants, in Redis. Whoever begins a change has seen its grants and
 * all that was spent under WATCH: a grant lets one call through, whatever happens at the same moment.
 */
import { REVIEWER } from "../protocol/grant.ts";
import type { Message } from "../protocol/message.ts";
import { encodeChange, type PostedChange } from "../protocol/posted-change.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import type { OwnApprovals, Ruled, Standing, Verdict } from "./approvals.ts";
import { leaseLostError, type WaitOptions } from "./bus.ts";
import { runPassed } from "./decisions.ts";
import type { Decision, RedisCommand } from "./look.ts";
import { grantOf, standingLook, standingOf, writeGrant } from "./redis-approvals.ts";
import { changesKey, changeTextKey, leaseKey, spentKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

export type OwnApprovalsOptions = {
  store: RedisStore;
  role: Role;
  lease: string;
  redactor: Redactor;
  keepMs: number;
};
type InRun = WaitOptions & { message: Message };

export class RedisOwnApprovals implements OwnApprovals {
  readonly #options: OwnApprovalsOptions;

  constructor(options: OwnApprovalsOptions) {
    this.#options = options;
  }

  async post(change: PostedChange, text: Redacted, options: InRun): Promise<void> {
    const { role, keepMs } = this.#options;
    const textKey = changeTextKey(role, change.digest);
    await this.#transact(change.digest, options, () => ({
      result: undefined,
      write: [...this.#record(change), ["SET", textKey, text, "PX", Math.floor(keepMs)]],
    }));
  }

  async rule<T>(change: string, decide: (standing: Standing) => Ruled<T>, options: InRun): Promise<T> {
    return await this.#transact(change, options, (standing) => {
      const { result, spend, posted } = decide(standing);
      const write = [...(posted ? this.#record(posted) : []), ...this.#spend(spend, options.message)];
      return write.length > 0 ? { result, write } : { result };
    });
  }

  async grant(verdict: Verdict, options: InRun) {
    return await this.#transact(verdict.change, options, ({ now, grants }) => {
      const { session, epoch } = options.message;
      const known = grants.find(({ id }) => id === verdict.id);
      if (known) return { result: known }; // written by an earlier life of this call
      const grant = grantOf(verdict, { grantor: REVIEWER, session, epoch, now });
      return { result: grant, write: [writeGrant(grant, this.#options.keepMs)] };
    });
  }

  #record(change: PostedChange): RedisCommand[] {
    const key = changesKey(this.#options.role, change.session);
    return [["HSET", key, change.digest, encodeChange(change)], this.#keep(key)];
  }

  #spend(spend: Ruled<unknown>["spend"], { session }: Message): RedisCommand[] {
    if (!spend || spend.grants.length === 0) return [];
    const key = spentKey(this.#options.role, session);
    return [["HSET", key, ...spend.grants.flatMap(({ id }) => [id, spend.call])], this.#keep(key)];
  }

  #keep(key: string): RedisCommand {
    return ["PEXPIRE", key, Math.floor(this.#options.keepMs)];
  }

  async #transact<T>(
    change: string,
    { message, signal }: InRun,
    decide: (standing: Standing) => Decision<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const { store, role, lease, redactor } = this.#options;
    const { watch, reads } = standingLook(change, message.session);
    const look = { watch: [leaseKey(role), ...watch], reads: [["GET", leaseKey(role)] as const, ...reads] };
    return await store.transact(look, ([holder, ...replies]) => {
      if (holder !== lease) throw leaseLostError(role);
      const standing = standingOf(change, replies, redactor);
      const { session, epoch } = standing.control;
      if (session !== message.session || epoch !== message.epoch) throw runPassed();
      return decide(standing);
    });
  }
}
