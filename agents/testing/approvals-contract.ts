/** What every bus promises of changes and grants; part of bus-contract.ts. */
import { expect, test } from "vitest";
import { isAppError } from "../base/errors.ts";
import type { Standing } from "../bus/approvals.ts";
import type { Bus } from "../bus/bus.ts";
import type { Grant } from "../protocol/grant.ts";
import type { Message } from "../protocol/message.ts";
import type { PostedChange } from "../protocol/posted-change.ts";
import { ours } from "../redact/redacted.ts";
import { draft, receiveCount } from "./bus-words.ts";

const signal = new AbortController().signal;
const DIGEST = "0123456789abcdef".repeat(4);
const VERDICT = {
  id: "v1",
  change: DIGEST,
  verdict: "approve",
  why: ours("read it"),
  forMs: 60_000,
} as const;

export function posted({ id, session, epoch }: Message, changes: Partial<PostedChange> = {}): PostedChange {
  return {
    ...{ digest: DIGEST, role: "DevOps_Builder", tool: ours("run_ssh"), target: ours("pve1") },
    ...{ gist: ours("touch /x"), risks: [], typed: ours(""), chars: 8, unshown: ours("") },
    ...{ messageId: id, callId: "1.1", session, epoch, state: "waiting", outcome: ours(""), at: 1, until: 2 },
    ...changes,
  };
}

export function approvalsContract(open: () => Bus): void {
  const begin = async () => {
    const bus = open();
    const [builder, sentinel] = [bus.mailbox("DevOps_Builder", "a"), bus.mailbox("Security_Sentinel", "a")];
    await bus.send(draft("User", ["DevOps_Builder", "Security_Sentinel"], "go"), { signal });
    const [delivery] = await receiveCount(builder, 1);
    await receiveCount(sentinel, 1);
    const { message } = delivery as { message: Message };
    return {
      bus,
      builder: builder.approvals,
      sentinel: sentinel.approvals,
      message,
      inRun: { message, signal },
    };
  };
  const spendAll = (call: string) => (standing: Standing) => {
    const grants = standing.grants.filter(({ id }) => !standing.spends.has(id));
    return { result: grants.map(({ grantor }) => grantor), spend: { grants, call } };
  };

  test("a change is posted whole, and seen by whoever decides", async () => {
    const { bus, builder, message, inRun } = await begin();
    await builder.post(posted(message), ours("run_ssh pve1: touch /x"), inRun);
    expect(await bus.approvals.changes({ signal })).toEqual([posted(message)]);
    const place = { role: "DevOps_Builder", digest: DIGEST } as const;
    expect(await bus.approvals.text(place, { signal })).toBe("run_ssh pve1: touch /x");
    expect(await bus.approvals.text({ ...place, digest: "f".repeat(64) }, { signal })).toBeUndefined();
  });

  test("a grant is used by one of many that want it at the same moment (F25)", async () => {
    const { builder, sentinel, inRun } = await begin();
    await sentinel.grant(VERDICT, inRun);
    const calls = Array.from({ length: 8 }, (_, at) => builder.rule(DIGEST, spendAll(`m 1.${at}`), inRun));
    const used = (await Promise.all(calls)).flat();
    expect(used).toEqual(["Security_Sentinel"]);
  });

  test("a verdict that is written again is the same, spent or not", async () => {
    const { builder, sentinel, inRun } = await begin();
    const first = await sentinel.grant(VERDICT, inRun);
    await builder.rule(DIGEST, spendAll("m 1.1"), inRun);
    expect(await sentinel.grant(VERDICT, inRun)).toEqual(first);
    expect(await builder.rule(DIGEST, spendAll("m 1.2"), inRun)).toEqual([]);
  });

  test("both grantors speak for themselves, each in the run that it saw", async () => {
    const { bus, builder, sentinel, message, inRun } = await begin();
    await sentinel.grant(VERDICT, inRun);
    const { session, epoch } = message;
    await bus.approvals.grant({ ...VERDICT, id: "o1", session, epoch }, { signal });
    const { grants, now } = await bus.approvals.standing(DIGEST, { signal });
    expect(grants.map(({ grantor }) => grantor).toSorted()).toEqual(["Security_Sentinel", "User"]);
    for (const { at, until } of grants as Grant[]) expect([until - at, at <= now]).toEqual([60_000, true]);
    expect((await builder.rule(DIGEST, spendAll("m 1.1"), inRun)).toSorted()).toEqual([
      "Security_Sentinel",
      "User",
    ]);
  });

  test("after STOP nobody posts, decides or grants for the run that it has ended", async () => {
    const { bus, builder, sentinel, message, inRun } = await begin();
    await bus.command("STOP", { signal });
    const { session, epoch } = message;
    const late = [
      builder.post(posted(message), ours("x"), inRun),
      builder.rule(DIGEST, spendAll("m 1.1"), inRun),
      sentinel.grant(VERDICT, inRun),
      bus.approvals.grant({ ...VERDICT, session, epoch }, { signal }),
    ];
    const outcomes = await Promise.allSettled(late);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: expect.toSatisfy((error) => isAppError(error, "stale")),
      });
    expect((await bus.approvals.standing(DIGEST, { signal })).grants).toEqual([]);
  });

  test("the dials that the operator sets are those of his session", async () => {
    const { bus } = await begin();
    await bus.approvals.set({ changes: "workspace" }, { signal });
    await bus.approvals.set({ approval: "operator" }, { signal });
    const { set, control } = await bus.approvals.standing(DIGEST, { signal });
    expect(set).toEqual({ session: control.session, changes: "workspace", approval: "operator" });
    await bus.command("CLEAR", { signal });
    const after = await bus.approvals.standing(DIGEST, { signal });
    expect(after.set?.session).not.toBe(after.control.session);
    await bus.approvals.set({ changes: "read-only" }, { signal });
    expect((await bus.approvals.standing(DIGEST, { signal })).set).not.toHaveProperty("approval");
  });
}
