/** What every bus promises: one suite, run against the memory bus and the Redis bus. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isAppError } from "../base/errors.ts";
import type { Account, Bus, Delivery, LiveEvent } from "../bus/bus.ts";
import type { Ask } from "../protocol/admit.ts";
import type { CallReport } from "../protocol/call-report.ts";
import { type Message, newMessageId } from "../protocol/message.ts";
import { ROLES, type Role, type Sender } from "../protocol/roles.ts";
import { addStep, addTokens, NO_TOKENS } from "../protocol/spending.ts";
import { ours } from "../redact/redacted.ts";
import { approvalsContract } from "./approvals-contract.ts";
import { draft, receiveCount } from "./bus-words.ts";

export { draft, receiveCount };

const signal = new AbortController().signal;

const REPORT: CallReport = {
  ...{ kind: "call", role: "QA_Tester", tool: ours("run_ssh"), target: ours("pve1"), gist: ours("qm list") },
  ...{ outcome: "failed", exitCode: 2, changes: "nothing", cause: ours("no such vm"), ms: 120 },
  ...{ messageId: newMessageId("User"), callId: "2.1" },
};

/** The next event of a kind that `accepts`. */
export function nextEvent(bus: Bus, accepts: (event: LiveEvent) => boolean): Promise<LiveEvent> {
  return new Promise((resolve) => {
    const stop = bus.watch((event) => {
      if (!accepts(event)) return;
      stop();
      resolve(event);
    });
  });
}

export function busContract(name: string, open: () => Promise<{ bus: Bus; close(): Promise<void> }>): void {
  describe(name, () => {
    let bus: Bus;
    let close: () => Promise<void>;
    beforeEach(async () => ({ bus, close } = await open()));
    afterEach(async () => await close());
    const say = (sender: Sender, to: Role[], content: string) =>
      bus.send(draft(sender, to, content), { signal });
    approvalsContract(() => bus);
    const contents = (deliveries: Delivery[]) => deliveries.map(({ message }) => message.content);

    test("a message reaches those it is for, and nobody else (F04)", async () => {
      const [builder, tester] = [bus.mailbox("DevOps_Builder", "a"), bus.mailbox("QA_Tester", "a")];
      await say("User", ["DevOps_Builder"], "build, do not wake @QA_Tester");
      await say("User", ["QA_Tester"], "look");
      expect(contents(await receiveCount(builder, 1))).toEqual(["build, do not wake @QA_Tester"]);
      expect(contents(await receiveCount(tester, 1))).toEqual(["look"]);
    });

    test("messages wait for a role that is not there yet, in order (F01)", async () => {
      const texts = Array.from({ length: 50 }, (_, index) => `message ${index}`);
      for (const text of texts) await say("User", ["DevOps_Builder"], text);
      expect(contents(await receiveCount(bus.mailbox("DevOps_Builder", "a"), 50))).toEqual(texts);
    });

    test("the same id sent again changes nothing", async () => {
      const once = draft("User", ["QA_Tester"], "once");
      const first = await bus.send(once, { signal });
      expect(await bus.send(once, { signal })).toEqual(first);
      await say("User", ["QA_Tester"], "end");
      expect(contents(await receiveCount(bus.mailbox("QA_Tester", "a"), 2))).toEqual(["once", "end"]);
      expect(await bus.history({ signal })).toHaveLength(2);
    });

    test("the history holds the last 80 messages and no thoughts (F13)", async () => {
      bus.show({ kind: "thought", role: "QA_Tester", content: ours("@DevOps_Builder"), timestamp: "now" });
      for (let index = 0; index < 90; index++) await say("User", [], `message ${index}`);
      const history = await bus.history({ signal });
      expect(history.map((message) => message.content)).toEqual(
        Array.from({ length: 80 }, (_, index) => `message ${index + 10}`),
      );
    });

    test("a thought that names everybody starts nothing (F06)", async () => {
      const seen = nextEvent(bus, (event) => event.kind === "thought");
      await bus.control({ signal });
      bus.show({
        kind: "thought",
        role: "Architect_Zero",
        content: ours("@DevOps_Builder go"),
        timestamp: "now",
      });
      expect(await seen).toMatchObject({ role: "Architect_Zero", content: "@DevOps_Builder go" });
      await say("User", ["DevOps_Builder"], "real");
      expect(contents(await receiveCount(bus.mailbox("DevOps_Builder", "a"), 1))).toEqual(["real"]);
    });

    test("a message stays pending until its turn has ended, and comes again after a crash", async () => {
      await say("User", ["DevOps_Builder"], "first");
      await say("User", ["DevOps_Builder"], "second");
      const before = bus.mailbox("DevOps_Builder", "a");
      const [first] = await receiveCount(before, 2);
      await before.journal((first as Delivery).message).finish("completed", undefined, { signal });
      const again = await receiveCount(bus.mailbox("DevOps_Builder", "a"), 1);
      expect(contents(again)).toEqual(["second"]);
      expect(again[0]?.isAgain).toBe(true);
    });

    test("the journal is read back by the successor of whoever wrote it", async () => {
      const { message } = (await beginTurn("a")).delivery;
      const successor = bus.mailbox("DevOps_Builder", "a");
      await receiveCount(successor, 1);
      const entries = await successor.journal(message).read({ signal });
      expect(Object.fromEntries(entries)).toMatchObject({ "reply:1": "{}", "intent:1:a": "{}" });
    });

    test("the last word and the end of the turn are one act, and repeating it changes nothing", async () => {
      const { journal } = await beginTurn("a");
      const reply = draft("DevOps_Builder", ["QA_Tester"], "done it");
      const said = await journal.finish("completed", reply, { signal });
      expect(await journal.finish("completed", reply, { signal })).toEqual(said);
      expect(contents(await receiveCount(bus.mailbox("QA_Tester", "a"), 1))).toEqual(["done it"]);
      expect((await bus.history({ signal })).map((message) => message.content)).toEqual(["work", "done it"]);
    });

    test("an old run says and records nothing after STOP (F10)", async () => {
      const { journal } = await beginTurn("a");
      const control = await bus.command("STOP", { signal });
      expect(control.state).toBe("stopped");
      await expect(journal.record({ "reply:2": "{}" }, { signal })).rejects.toSatisfy(isStale);
      const reply = draft("DevOps_Builder", ["QA_Tester"], "ghost");
      await expect(journal.finish("completed", reply, { signal })).rejects.toSatisfy(isStale);
      await expect(bus.send(reply, { signal })).rejects.toSatisfy(isStale);
      await journal.cancel(ours("STOP by the operator"), { signal });
      expect(Object.fromEntries(await journal.read({ signal }))).toMatchObject({ status: "cancelled" });
      expect(words(await bus.history({ signal }))).toEqual(["work"]);
    });

    test("STOP and the turn that it cut off stand in the history as facts, in the run of now (R10)", async () => {
      const { journal } = await beginTurn("a");
      const control = await bus.command("STOP", { signal });
      const fact = { ...draft("DevOps_Builder", [], "cut off"), fact: { kind: "ended" } } as const;
      await journal.cancel(ours("STOP by the operator"), { signal, fact });
      await journal.cancel(ours("again"), { signal, fact });
      const [, stop, cut, ...others] = await bus.history({ signal });
      expect(stop).toMatchObject({ sender: "User", to: [], fact: { kind: "STOP" }, epoch: control.epoch });
      expect(cut).toMatchObject({ content: "cut off", fact: { kind: "ended" }, epoch: control.epoch });
      expect(others).toEqual([]);
      expect(await bus.control({ signal })).toEqual(control);
    });

    test("a reply that answers several messages ends all of their turns at once (R15)", async () => {
      const { journal, delivery, mailbox } = await beginTurn("a");
      const second = await say("QA_Tester", ["DevOps_Builder"], "look");
      await receiveCount(mailbox, 1);
      const reply = draft("DevOps_Builder", [], "both done");
      await journal.finish("completed", reply, { signal, also: [second] });
      const successor = bus.mailbox("DevOps_Builder", "a");
      await say("User", ["DevOps_Builder"], "next");
      expect(contents(await receiveCount(successor, 1))).toEqual(["next"]);
      const ended = await successor.journal(second).read({ signal });
      expect(Object.fromEntries(ended)).toMatchObject({ status: "completed", within: delivery.message.id });
    });

    test("a reply that was made without what the operator says is not sent (R12)", async () => {
      const { journal } = await beginTurn("a");
      const correction = await say("User", ["DevOps_Builder"], "not that one");
      const reply = draft("DevOps_Builder", [], "the wrong one");
      const options = { signal, unlessOperatorSpoke: true };
      await expect(journal.finish("completed", reply, options)).rejects.toSatisfy((error) =>
        isAppError(error, "conflict"),
      );
      expect(words(await bus.history({ signal }))).toEqual(["work", "not that one"]);
      const better = draft("DevOps_Builder", [], "the right one");
      await journal.finish("completed", better, { ...options, also: [correction] });
      expect(words(await bus.history({ signal }))).toEqual(["work", "not that one", "the right one"]);
    });

    test("the operator's next message starts the team again, in a new run", async () => {
      const before = await bus.control({ signal });
      await bus.command("STOP", { signal });
      const message = await say("User", ["QA_Tester"], "go on");
      expect(await bus.control({ signal })).toMatchObject({ session: before.session, state: "running" });
      expect(message.epoch).toBe(before.epoch + 1);
    });

    test("a message that is given up is a dead letter of this session, and is not handed out again", async () => {
      const { journal } = await beginTurn("a");
      await journal.bury(ours("interrupted 5 times"), { signal });
      const [letter] = await bus.deadLetters({ signal });
      expect(letter).toMatchObject({
        role: "DevOps_Builder",
        cause: "interrupted 5 times",
        message: { content: "work" },
      });
      await say("User", ["DevOps_Builder"], "next");
      expect(contents(await receiveCount(bus.mailbox("DevOps_Builder", "a"), 1))).toEqual(["next"]);
      await bus.command("CLEAR", { signal });
      expect(await bus.deadLetters({ signal })).toEqual([]);
    });

    test("CLEAR begins a new session that late writers of the old one cannot enter (F11)", async () => {
      const { journal } = await beginTurn("a");
      const before = await bus.control({ signal });
      const after = await bus.command("CLEAR", { signal });
      expect(after.session).not.toBe(before.session);
      expect(await bus.history({ signal })).toMatchObject([
        { fact: { kind: "CLEAR" }, session: after.session },
      ]);
      const late = draft("DevOps_Builder", [], "late");
      await expect(journal.finish("completed", late, { signal })).rejects.toSatisfy(isStale);
      await say("User", ["QA_Tester"], "new");
      expect(words(await bus.history({ signal }))).toEqual(["new"]);
    });

    test.each(["STOP", "CLEAR"] as const)("%s that is repeated with its id is done once", async (command) => {
      await say("User", ["QA_Tester"], "work");
      const id = newMessageId("User");
      const first = await bus.command(command, { signal, id });
      expect(await bus.command(command, { signal, id })).toEqual(first);
      expect(await bus.control({ signal })).toEqual(first);
      expect(await bus.command(command, { signal })).toMatchObject({ epoch: first.epoch + 1 });
    });

    test("whoever watches sees STOP, messages and activities", async () => {
      await bus.control({ signal });
      const stop = nextEvent(bus, (event) => event.kind === "control");
      await bus.command("STOP", { signal });
      expect(await stop).toMatchObject({ command: "STOP", control: { state: "stopped" } });
      const heard = nextEvent(bus, (event) => event.kind === "message");
      await say("User", [], "hello");
      expect(await heard).toMatchObject({ content: "hello", sender: "User" });
      const seen = nextEvent(bus, (event) => event.kind === "activity");
      const activity = {
        role: "QA_Tester",
        state: "tool",
        detail: ours("run_ssh"),
        step: 2,
        queued: 0,
        since: 5,
        until: 7,
        about: { model: ours("m at h"), notice: ours("REHEARSAL") },
      } as const;
      bus.show({ kind: "activity", ...activity });
      expect(await seen).toEqual({ kind: "activity", ...activity });
      const reported = nextEvent(bus, (event) => event.kind === "call");
      bus.show(REPORT);
      expect(await reported).toEqual(REPORT);
    });

    test("what a call printed is found by its place (R50)", async () => {
      const { delivery, journal } = await beginTurn("a");
      const place = { role: "DevOps_Builder", messageId: delivery.message.id, callId: "1.1" } as const;
      expect(await bus.callOutput(place, { signal })).toBeUndefined();
      const output = { kind: "ok", stdout: "seen", stderr: "", artifact: "/app/docs/tool_output/a.txt" };
      await journal.record({ "outcome:1.1": JSON.stringify(output) }, { signal });
      const { kind: _, ...printed } = output;
      expect(await bus.callOutput(place, { signal })).toEqual(printed);
    });

    test("what a turn has spent is in the ledger of its session, once, however often it is written (R53)", async () => {
      const { delivery, journal } = await beginTurn("a");
      const endpoint = { model: ours("m"), server: ours("h") };
      const usage = { prompt: 100, cached: 60, cacheWrite: 10, completion: 8, reasoning: 3 };
      const first = addStep([], endpoint, usage);
      for (let again = 0; again < 2; again++)
        await journal.record({ spent: JSON.stringify(first) }, { signal });
      const { session } = delivery.message;
      const own = { role: "DevOps_Builder", messageId: delivery.message.id, ...endpoint } as const;
      expect(await bus.spending({ signal })).toEqual([{ ...own, ...usage, steps: 1, estimated: 0 }]);
      const second = addStep(first, endpoint, { ...usage, isEstimate: true });
      await journal.finish("completed", undefined, { signal, entries: { spent: JSON.stringify(second) } });
      const both = { ...own, ...addTokens(usage, usage), steps: 2, estimated: 1 };
      expect(await bus.spending({ signal })).toEqual([both]);
      await bus.command("CLEAR", { signal });
      expect(await bus.spending({ signal })).toEqual([]);
      expect(await bus.spending({ signal, session })).toEqual([both]);
      expect(await bus.budgets.earlier({ signal })).toEqual([[both]]);
    });

    test("a reply that STOP keeps from being recorded was paid all the same (R53)", async () => {
      const { journal } = await beginTurn("a");
      const spent = addStep([], { model: ours("m"), server: ours("h") }, { ...NO_TOKENS, prompt: 7 });
      await bus.command("STOP", { signal });
      const entries = { spent: JSON.stringify(spent) };
      await expect(journal.record(entries, { signal })).rejects.toSatisfy(isStale);
      expect(await bus.spending({ signal })).toEqual([]);
      await journal.cancel(ours("STOP by the operator"), { signal, entries });
      expect(await bus.spending({ signal })).toMatchObject([{ prompt: 7, steps: 1 }]);
    });

    test("the operator names guests, and whoever changes them at once loses nothing of the others (R40)", async () => {
      const guest = (name: string) => ({ name, host: "192.168.10.31", port: 22, user: "root", since: 1 });
      const names = ["a", "b", "c"];
      await Promise.all(
        names.map((name) => bus.guests.change((known) => [...known, guest(name)], { signal })),
      );
      const found = await bus.guests.read({ signal });
      expect(found.map(({ name }) => name).toSorted()).toEqual(names);
      const refusal = new Error("no");
      const refused = bus.guests.change(
        () => {
          throw refusal;
        },
        { signal },
      );
      await expect(refused).rejects.toBe(refusal);
      await bus.guests.change(() => [{ ...guest("d"), via: "pve1" }], { signal });
      expect(await bus.guests.read({ signal })).toEqual([{ ...guest("d"), via: "pve1" }]);
      await bus.guests.change(() => [], { signal });
    });

    test("roles that ask at once are admitted to what the budget has, and one of the others asks (R53)", async () => {
      const accounts = await accountsOfAll();
      const ask = { ...(await asking()), limits: { session: { tokens: 1_000 }, day: {} } };
      const outcomes = await Promise.all(
        accounts.map((account, at) => account.admit({ ...ask, id: `call-${at}` }, { signal })),
      );
      expect(outcomes.filter(({ kind }) => kind === "admitted")).toHaveLength(2);
      const refused = outcomes.filter((outcome) => outcome.kind === "budget");
      expect(refused.map(({ asks }) => asks).toSorted()).toEqual([false, true]);
      expect(refused[0]?.shortage).toMatchObject({
        scope: "session",
        unit: "tokens",
        limit: 1_000,
        want: 400,
      });
      const { admissions, scopes } = await bus.budgets.read({ signal });
      expect(scopes.session).toBe(ask.session);
      expect(Object.values(admissions).filter(({ waiting }) => waiting)).toHaveLength(2);
      await bus.budgets.raise({ tokens: 600, dollars: 0 }, { signal });
      const again = accounts.map(async (account, at) =>
        outcomes[at]?.kind === "admitted"
          ? undefined
          : await account.admit({ ...ask, id: `more-${at}` }, { signal }),
      );
      expect((await Promise.all(again)).filter(Boolean)).toEqual([
        { kind: "admitted" },
        { kind: "admitted" },
      ]);
    });

    test("what a call has cost stands in the place of what it had reserved, once (R53)", async () => {
      const [account] = await accountsOfAll();
      const ask = await asking();
      await account.admit(ask, { signal });
      const ended = { id: ask.id, cost: { tokens: 150, dollars: 0.5 }, counted: 150 };
      for (let again = 0; again < 2; again++) await account.settle([ended], { signal });
      const { admissions, scopes } = await bus.budgets.read({ signal });
      const spent = { tokens: 150, dollars: 0.5 };
      expect(admissions.Architect_Zero).toMatchObject({
        session: { id: scopes.session, ...spent },
        day: { id: scopes.day, ...spent },
        open: [],
        recent: [{ id: ask.id, tokens: 150 }],
      });
    });

    test("who takes over a role takes over what it had reserved, as spent, and the other settles nothing (R53)", async () => {
      const [account] = await accountsOfAll("one");
      const ask = await asking();
      await account.admit(ask, { signal });
      const successor = bus.mailbox("Architect_Zero", "one");
      await successor.receive({ signal });
      const { admissions } = await bus.budgets.read({ signal });
      expect(admissions.Architect_Zero).toMatchObject({ session: { tokens: 400 }, open: [] });
      const late = { id: ask.id, cost: { tokens: 1, dollars: 0 }, counted: 1 };
      await expect(account.settle([late], { signal })).rejects.toSatisfy(isStale);
      await expect(account.admit({ ...ask, id: "late" }, { signal })).rejects.toSatisfy(isStale);
      await successor.account.admit({ ...ask, id: "next" }, { signal });
    });

    test("roles share a server's limits of a minute, and its wish that nobody asks", async () => {
      const [first, second, third] = await accountsOfAll();
      const ask = { ...(await asking()), rate: { requests: 2, tokens: 10_000 } };
      expect(await first.admit({ ...ask, id: "1" }, { signal })).toEqual({ kind: "admitted" });
      expect(await second.admit({ ...ask, id: "2" }, { signal })).toEqual({ kind: "admitted" });
      const wait = await third.admit({ ...ask, id: "3" }, { signal });
      expect(wait.kind === "rate" && wait.waitMs > 50_000 && wait.waitMs <= 60_000).toBe(true);
      expect(await third.admit({ ...ask, id: "3", server: "another" }, { signal })).toEqual({
        kind: "admitted",
      });
      const refused = { id: "2", cost: { tokens: 0, dollars: 0 }, counted: 0, holdMs: 100_000 };
      await second.settle([refused], { signal });
      const held = await first.admit({ ...ask, id: "4", rate: {} }, { signal });
      expect(held.kind === "rate" && held.waitMs > 90_000).toBe(true);
    });

    /** Of all four roles, each with its lease. */
    async function accountsOfAll(consumer = "a") {
      await bus.control({ signal });
      await say("User", [...ROLES], "work");
      const mailboxes = ROLES.map((role) => bus.mailbox(role, consumer));
      for (const mailbox of mailboxes) await receiveCount(mailbox, 1);
      return mailboxes.map(({ account }) => account) as [Account, Account, Account, Account];
    }

    async function asking(): Promise<Ask> {
      const { session } = await bus.control({ signal });
      const request = { server: "m at h", expected: 400, isOperators: false, rate: {} };
      return { ...request, id: "call", session, want: { tokens: 400 }, limits: { session: {}, day: {} } };
    }

    async function beginTurn(consumer: string) {
      await say("User", ["DevOps_Builder"], "work");
      const mailbox = bus.mailbox("DevOps_Builder", consumer);
      const [delivery] = (await receiveCount(mailbox, 1)) as [Delivery];
      const journal = mailbox.journal(delivery.message);
      await journal.record({ "reply:1": "{}", "intent:1:a": "{}" }, { signal });
      return { delivery, journal, mailbox };
    }
  });
}

/** What was said, without what was recorded. */
function words(history: readonly Message[]): string[] {
  return history.filter(({ fact }) => !fact).map(({ content }) => content);
}

export function isStale(error: unknown): boolean {
  return isAppError(error, "stale");
}
