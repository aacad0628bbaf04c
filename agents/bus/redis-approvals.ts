/**
 * Changes and grants in Redis, for everybody to read and for the operator to write. Each record has one writer: a change the
 * role that posts it, a grant its grantor, what is spent the role that has spent it, the dials the operator.
 */
import { encodeDials, parseDials } from "../protocol/dials.ts";
import { encodeGrant, GRANTORS, type Grant, type Grantor, parseGrant } from "../protocol/grant.ts";
import { type PostedChange, parseChange } from "../protocol/posted-change.ts";
import { OPERATOR, ROLES } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Approvals, Standing, Verdict } from "./approvals.ts";
import { noSession, runPassed } from "./decisions.ts";
import type { Look, RedisCommand } from "./look.ts";
import { pairsOf } from "./redis-replies.ts";
import {
  CONTROL_KEY,
  changesKey,
  changeTextKey,
  DIALS_KEY,
  grantKey,
  parseControlState,
  parseTime,
  READ_CONTROL,
  READ_TIME,
  spentKey,
} from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

/** What is asked about one change, and what has to stand still while it is decided. */
export function standingLook(change: string, session: string): Look {
  const grants = GRANTORS.map((grantor) => grantKey(grantor, change));
  const spends = ROLES.map((role) => spentKey(role, session));
  return {
    watch: [CONTROL_KEY, DIALS_KEY, ...grants, ...spends],
    reads: [
      ...[READ_CONTROL, READ_TIME, ["GET", DIALS_KEY] as const],
      ...grants.map((key) => ["GET", key] as const),
      ...spends.map((key) => ["HGETALL", key] as const),
    ],
  };
}

/** From the replies to these reads. AppError `unavailable` before the first session. */
export function standingOf(
  change: string,
  [control, time, dials, ...found]: readonly unknown[],
  redactor: Redactor,
): Standing {
  const state = parseControlState(control);
  if (!state) throw noSession();
  const grants = GRANTORS.flatMap(
    (grantor, at) => parseGrant(found[at] as string | null, { grantor, change }, redactor) ?? [],
  );
  const spends = found.slice(GRANTORS.length).flatMap((reply) => pairsOf(reply));
  return {
    control: state,
    set: parseDials(dials as string | null),
    grants,
    spends: new Map(spends),
    now: parseTime(time).getTime(),
  };
}

type GrantOf = { grantor: Grantor; session: string; epoch: number; now: number };

export function grantOf({ forMs, ...verdict }: Verdict, { grantor, session, epoch, now }: GrantOf): Grant {
  const { id, change, verdict: word, why } = verdict;
  const until = now + Math.round(forMs);
  return { id, change, verdict: word, why, grantor, session, epoch, at: now, until };
}

export function writeGrant(grant: Grant, keepMs: number): RedisCommand {
  return ["SET", grantKey(grant.grantor, grant.change), encodeGrant(grant), "PX", Math.floor(keepMs)];
}

export function redisApprovals(store: RedisStore, redactor: Redactor, keepMs: number): Approvals {
  const session = async () => {
    const control = parseControlState(await store.command(READ_CONTROL));
    if (!control) throw noSession();
    return control.session;
  };
  return {
    async changes({ signal }) {
      signal.throwIfAborted();
      const current = await session();
      const reads = ROLES.map((role) => ["HGETALL", changesKey(role, current)] as const);
      const replies = await store.pipeline(reads);
      const changes = ROLES.flatMap((role, at) =>
        pairsOf(replies[at]).flatMap(([digest, json]) => {
          const change = parseChange(json, role, redactor);
          return change?.digest === digest ? [change] : [];
        }),
      );
      return changes.sort((a, b) => a.at - b.at);
    },
    async text({ role, digest }: Pick<PostedChange, "role" | "digest">, { signal }) {
      signal.throwIfAborted();
      const text = await store.command(["GET", changeTextKey(role, digest)]);
      return typeof text === "string" ? redactor(text) : undefined;
    },
    async standing(change, { signal }) {
      signal.throwIfAborted();
      return standingOf(change, await store.pipeline(standingLook(change, await session()).reads), redactor);
    },
    async grant(verdict, { signal }) {
      signal.throwIfAborted();
      const look = { watch: [CONTROL_KEY], reads: [READ_CONTROL, READ_TIME] };
      return await store.transact(look, ([control, time]) => {
        const state = parseControlState(control);
        if (state?.session !== verdict.session || state.epoch !== verdict.epoch) throw runPassed();
        const run = { session: state.session, epoch: state.epoch, now: parseTime(time).getTime() };
        const grant = grantOf(verdict, { grantor: OPERATOR, ...run });
        return { result: grant, write: [writeGrant(grant, keepMs)] };
      });
    },
    async set(dials, { signal }) {
      signal.throwIfAborted();
      const look: Look = { watch: [CONTROL_KEY, DIALS_KEY], reads: [READ_CONTROL, ["GET", DIALS_KEY]] };
      await store.transact(look, ([control, known]) => {
        const current = parseControlState(control)?.session;
        if (current === undefined) throw noSession();
        const before = parseDials(known as string | null);
        const set = { ...(before?.session === current ? before : {}), ...dials, session: current };
        return { result: undefined, write: [["SET", DIALS_KEY, encodeDials(set)]] };
      });
    },
  };
}
