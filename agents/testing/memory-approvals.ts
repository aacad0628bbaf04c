/** Changes and grants inside one process: the same records, kept by the fact that nothing here waits; see memory-bus.ts. */
import type {
  Approvals,
  OperatorsVerdict,
  OwnApprovals,
  Ruled,
  Standing,
  Verdict,
} from "../bus/approvals.ts";
import { runPassed } from "../bus/decisions.ts";
import { grantOf } from "../bus/redis-approvals.ts";
import type { ControlState } from "../protocol/control.ts";
import type { SetDials } from "../protocol/dials.ts";
import { type Grant, REVIEWER } from "../protocol/grant.ts";
import type { Message } from "../protocol/message.ts";
import type { PostedChange } from "../protocol/posted-change.ts";
import { OPERATOR } from "../protocol/roles.ts";
import type { Redacted } from "../redact/redacted.ts";

type Options = {
  control(): ControlState;
  /** In milliseconds since the epoch. */
  clock: () => number;
};

export class MemoryApprovals implements Approvals {
  readonly #options: Options;
  readonly #changes = new Map<string, PostedChange>();
  readonly #texts = new Map<string, Redacted>();
  readonly #grants = new Map<string, Grant>();
  readonly spends = new Map<string, string>();
  #set: SetDials | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  async changes(): Promise<PostedChange[]> {
    const { session } = this.#options.control();
    const own = [...this.#changes.values()].filter((change) => change.session === session);
    return own.sort((a, b) => a.at - b.at);
  }

  async text({ digest }: Pick<PostedChange, "digest">): Promise<Redacted | undefined> {
    return this.#texts.get(digest);
  }

  async standing(change: string): Promise<Standing> {
    return this.seen(change);
  }

  async grant(verdict: OperatorsVerdict): Promise<Grant> {
    const { session, epoch } = this.#options.control();
    if (session !== verdict.session || epoch !== verdict.epoch) throw runPassed();
    return this.keep(grantOf(verdict, { grantor: OPERATOR, session, epoch, now: this.#options.clock() }));
  }

  async set(dials: Omit<SetDials, "session">): Promise<void> {
    const { session } = this.#options.control();
    this.#set = { ...(this.#set?.session === session ? this.#set : {}), ...dials, session };
  }

  seen(change: string): Standing {
    const grants = [...this.#grants.values()].filter((grant) => grant.change === change);
    const { control, clock } = this.#options;
    return { control: control(), set: this.#set, grants, spends: this.spends, now: clock() };
  }

  keep(grant: Grant): Grant {
    this.#grants.set(`${grant.grantor}:${grant.change}`, grant);
    return grant;
  }

  record(change: PostedChange, text?: Redacted): void {
    this.#changes.set(change.digest, change);
    if (text !== undefined) this.#texts.set(change.digest, text);
  }
}

type InRun = { message: Message };

export class MemoryOwnApprovals implements OwnApprovals {
  readonly #approvals: MemoryApprovals;
  readonly #leaseLost: AbortSignal;

  constructor(approvals: MemoryApprovals, leaseLost: AbortSignal) {
    this.#approvals = approvals;
    this.#leaseLost = leaseLost;
  }

  async post(change: PostedChange, text: Redacted, { message }: InRun): Promise<void> {
    this.#seen(change.digest, message);
    this.#approvals.record(change, text);
  }

  async rule<T>(change: string, decide: (standing: Standing) => Ruled<T>, { message }: InRun): Promise<T> {
    const { result, spend, posted } = decide(this.#seen(change, message));
    if (posted) this.#approvals.record(posted);
    for (const { id } of spend?.grants ?? []) this.#approvals.spends.set(id, spend?.call ?? "");
    return result;
  }

  async grant(verdict: Verdict, { message }: InRun): Promise<Grant> {
    const { grants, control, now } = this.#seen(verdict.change, message);
    const known = grants.find(({ id }) => id === verdict.id);
    const { session, epoch } = control;
    return known ?? this.#approvals.keep(grantOf(verdict, { grantor: REVIEWER, session, epoch, now }));
  }

  #seen(change: string, message: Message): Standing {
    this.#leaseLost.throwIfAborted();
    const standing = this.#approvals.seen(change);
    const { session, epoch } = standing.control;
    if (session !== message.session || epoch !== message.epoch) throw runPassed();
    return standing;
  }
}
