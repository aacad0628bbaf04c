/**
 * The gate before each call that changes something: what it would change is posted, asked about, waited for and looked at
 * again before it may run. What it decides by is governance/gate.ts; no text of anybody is read for it.
 */
import { setTimeout } from "node:timers/promises";
import { AppError, isAppError } from "../base/errors.ts";
import type { OwnApprovals, Standing } from "../bus/approvals.ts";
import type { Bus } from "../bus/bus.ts";
import { highRisks, rule, type Want } from "../governance/gate.ts";
import type { Dials } from "../protocol/dials.ts";
import type { Message } from "../protocol/message.ts";
import type { PostedChange } from "../protocol/posted-change.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import { changeMessage, postedOf, refusalText, waitText } from "./approval-words.ts";
import type { Asking, Authority, Passed } from "./asking.ts";
import { type At, circumstancesOf, type Decided, decideOn, type Found } from "./change-ruling.ts";
import type { TurnListener } from "./events.ts";
import { untilUp } from "./until-up.ts";

export type AuthorityOptions = {
  role: Role;
  bus: Pick<Bus, "send" | "show" | "watch" | "approvals">;
  approvals: OwnApprovals;
  /** As the settings have them. */
  dials: Dials;
  /** How long a call waits. */
  waitMs: number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
};

const POLL_MS = 500;
const MAX_SPOKEN = 100;
const NO_CHANGE = "0".repeat(64);
export class RoleAuthority implements Authority {
  readonly #options: AuthorityOptions;
  /** Of the operator to this role, since the turn began: what was said before has joined it. */
  #spoken: Message[] = [];

  constructor(options: AuthorityOptions) {
    this.#options = options;
    options.bus.watch((event) => {
      if (event.kind !== "message" || event.sender !== OPERATOR || event.fact) return;
      if (event.to.includes(options.role)) this.#spoken = [...this.#spoken, event].slice(-MAX_SPOKEN);
    });
  }

  readonly listener: TurnListener = ({ kind }) => {
    if (kind === "turn_started") this.#spoken = [];
  };

  async pass(asking: Asking, signal: AbortSignal): Promise<Passed> {
    const { call } = asking;
    if (call.effect === "read") return { kind: "allowed", grants: [] };
    if (call.effect === "workspace") return await this.#passDial(asking, signal);
    const found = await this.#look(asking);
    if (found.want.effect !== "infrastructure") {
      const effect = found.want.effect;
      return await this.#passDial({ ...asking, call: { ...call, effect } }, signal);
    }
    return await this.#passChange(asking, found, signal);
  }

  /** What is the team's own needs no grant. */
  async #passDial({ call }: Asking, signal: AbortSignal): Promise<Passed> {
    const { role, dials } = this.#options;
    const standing = await untilUp(() => this.#options.bus.approvals.standing(NO_CHANGE, { signal }), signal);
    const want = {
      role,
      effect: call.effect,
      change: NO_CHANGE,
      isHighRisk: false,
      isUnshown: false,
      call: "",
    };
    const ruling = rule(want, circumstancesOf(standing, dials));
    if (ruling.kind === "deny") return { kind: "refused", reason: refusalText(ruling, standing, dials) };
    return { kind: "allowed", grants: [] };
  }

  async #passChange(asking: Asking, found: Found, signal: AbortSignal): Promise<Passed> {
    const { waiting } = asking;
    if (waiting && waiting.change !== found.digest) return { kind: "refused", reason: CHANGED };
    const posted = await this.#post(asking, found, signal);
    for (let hasWaited = waiting !== undefined; ; hasWaited = true) {
      if (hasWaited && (await this.#look(asking)).digest !== found.digest)
        return await this.#end(asking, posted, { reason: CHANGED, signal });
      const passed = await this.#decide(asking, { found, posted, isFinal: true }, signal);
      if (passed) return passed;
      if (!hasWaited) await asking.note({ change: found.digest, until: posted.until });
      const spoke = await this.#untilDecided(asking, { found, posted, isFinal: false }, signal);
      if (spoke) return await this.#end(asking, posted, { reason: SPOKEN, signal });
    }
  }

  async #look(asking: Asking): Promise<Found> {
    const { call, message } = asking;
    const proposal = await asking.propose();
    const { effect, rows } = proposal.change;
    const want: Want = {
      ...{ role: this.#options.role, effect, change: proposal.digest, call: `${message.id} ${call.id}` },
      isHighRisk: highRisks(rows.flatMap(({ risks }) => risks)).length > 0,
      isUnshown: proposal.unshown !== "",
    };
    return { ...proposal, want };
  }

  async #post(asking: Asking, found: Found, signal: AbortSignal): Promise<PostedChange> {
    const { approvals, bus, role, waitMs } = this.#options;
    const { now } = await untilUp(() => bus.approvals.standing(found.digest, { signal }), signal);
    const until = asking.waiting?.until ?? now + Math.round(waitMs);
    const posted = postedOf({ ...asking, role, proposal: found, at: now, until });
    await untilUp(() => approvals.post(posted, found.text, { signal, message: asking.message }), signal);
    return posted;
  }

  /** Undefined while it has to wait. What lets it through is spent in the same moment. */
  async #decide(asking: Asking, at: At, signal: AbortSignal): Promise<Passed | undefined> {
    const { standing, outcome } = await this.#rule(asking, at, signal);
    if (outcome.kind === "ask") return undefined;
    if (outcome.kind !== "allow")
      return { kind: "refused", reason: refusalText(outcome, standing, this.#options.dials) };
    return { kind: "allowed", change: at.found.digest, grants: outcome.grants.map(({ id }) => id) };
  }

  /** Until there is something to decide; true when the operator has spoken to the role meanwhile. */
  async #untilDecided(asking: Asking, at: At, signal: AbortSignal): Promise<boolean> {
    const sleep = this.#options.sleep ?? ((ms, by) => setTimeout(ms, undefined, { signal: by }));
    let told = "";
    for (;;) {
      const { outcome } = await this.#rule(asking, at, signal);
      if (outcome.kind !== "ask") return false;
      if (this.#hasSpoken(asking)) return true;
      const whom = outcome.whom.join();
      if (whom !== told) await this.#ask(asking, at.posted, { whom: outcome.whom, signal });
      told = whom;
      await sleep(POLL_MS, signal);
    }
  }

  async #rule({ message }: Asking, at: At, signal: AbortSignal): Promise<Decided> {
    const { approvals, dials } = this.#options;
    const decide = (standing: Standing) => decideOn({ ...at, dials }, standing);
    return await untilUp(() => approvals.rule(at.found.digest, decide, { signal, message }), signal);
  }

  async #ask(
    asking: Asking,
    posted: PostedChange,
    { whom, signal }: { whom: readonly string[]; signal: AbortSignal },
  ) {
    const { bus, role } = this.#options;
    const isOperators = !whom.some((name) => name !== OPERATOR);
    const reason = waitText(posted, isOperators);
    asking.emit({ kind: "approval_waiting", step: asking.call.step, reason, isOperators });
    if (!isOperators) {
      const text = await untilUp(() => bus.approvals.text(posted, { signal }), signal);
      const said = changeMessage(posted, text ?? redacted``);
      return void (await untilUp(() => bus.send(said, { signal }), signal));
    }
    bus.show({ kind: "notice", source: role, content: reason, timestamp: new Date().toISOString() });
  }

  async #end({ message }: Asking, posted: PostedChange, { reason, signal }: Ending): Promise<Passed> {
    const decide = () => ({
      result: undefined,
      posted: { ...posted, state: "ended" as const, outcome: reason },
    });
    await untilUp(() => this.#options.approvals.rule(posted.digest, decide, { signal, message }), signal);
    return { kind: "refused", reason };
  }

  #hasSpoken({ heard, message }: Asking): boolean {
    return this.#spoken.some(
      ({ id, session, epoch }) =>
        session === message.session && epoch === message.epoch && heard.every((one) => one.id !== id),
    );
  }
}

type Ending = { reason: Redacted; signal: AbortSignal };

const CHANGED = redacted`What this call would do has changed while it waited: files, a plan, or a host. Nothing was run. Look at it, and call again: that is another change, which is asked about anew.`;
const SPOKEN = redacted`The operator has spoken to you while this call waited for its approval; nothing was run. Read it first; if the change still stands, call it again.`;

/** What a tool says about its arguments, and no more than that. */
export function isToolsWord(error: unknown): error is AppError {
  return error instanceof AppError && !isAppError(error, "stale") && !isAppError(error, "bad_config");
}
