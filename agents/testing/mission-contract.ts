/** What every bus promises of the mission: one suite, run against the memory bus and the Redis bus. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Bus } from "../bus/bus.ts";
import { DONE, MISSION } from "../bus/journal-keys.ts";
import { checkField, deedField, type Mission } from "../protocol/mission.ts";
import type { Role } from "../protocol/roles.ts";
import { draft, isStale, receiveCount } from "./bus-contract.ts";

const signal = new AbortController().signal;

export function missionContract(
  name: string,
  open: () => Promise<{ bus: Bus; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let bus: Bus;
    let close: () => Promise<void>;
    beforeEach(async () => ({ bus, close } = await open()));
    afterEach(async () => await close());

    const say = (content: string, role: Role = "Architect_Zero") =>
      bus.send(draft("User", [role], content), { signal });
    const mission = async () => (await bus.missions.read({ signal })) as Mission;
    const textsOf = ({ texts }: Mission) => texts.map(({ text }) => text);

    /** The turn of the role about the operator's next message, with entries, to its end unless told. */
    async function turn(role: Role, entries: Record<string, string>, isEnded = true): Promise<void> {
      const mailbox = bus.mailbox(role, "a");
      await say("go on", role);
      const [delivery] = await receiveCount(mailbox, 1);
      if (!delivery) throw new Error("no message");
      const journal = mailbox.journal(delivery.message);
      const about = JSON.stringify((await mission()).id);
      await journal.record({ [MISSION]: about }, { signal });
      if (isEnded) await journal.finish("completed", undefined, { signal, entries });
      else await journal.record(entries, { signal });
    }

    test("it is what the operator says, word for word, each in the digest of all before", async () => {
      await say("build\na VM  ");
      const first = await mission();
      await say("and a second one");
      const second = await mission();
      expect(textsOf(second)).toEqual(["build\na VM  ", "and a second one"]);
      expect([first.id, first.isOpen]).toEqual([second.id, true]);
      expect(second.hash).not.toBe(first.hash);
    });

    test("a message that is sent again is no second text", async () => {
      const once = draft("User", [], "build");
      await bus.send(once, { signal });
      await bus.send(once, { signal });
      expect(textsOf(await mission())).toEqual(["build"]);
    });

    test("what others say is none of it", async () => {
      await say("build");
      await bus.send(draft("Architect_Zero", [], "destroy"), { signal });
      expect(textsOf(await mission())).toEqual(["build"]);
    });

    test.each(["CLEAR", "close"])("after %s the next message begins another one", async (how) => {
      await say("build");
      if (how === "CLEAR") await bus.command("CLEAR", { signal });
      else await bus.missions.close({ signal });
      expect((await mission()).isOpen).toBe(false);
      await say("something else");
      expect(textsOf(await mission())).toEqual(["something else"]);
    });

    test("done ends it with the word that says so, and what he corrects opens it again", async () => {
      await turn("Architect_Zero", { [DONE]: "{}" });
      const { id, isOpen } = await mission();
      expect(isOpen).toBe(false);
      const ruling = { criterion: "c1", kind: "correct", revision: 1, text: "two cores" } as never;
      await bus.missions.rule(id, ruling, { signal });
      expect(await mission()).toMatchObject({
        id,
        isOpen: true,
        rulings: [{ criterion: "c1", kind: "correct" }],
      });
      await bus.missions.close({ signal });
      await say("the next");
      expect((await mission()).id).not.toBe(id);
    });

    test("a turn is at work on it until it has ended, and its deeds are dated", async () => {
      const deed = { kind: "change", tool: "run_ssh", hosts: ["pve1"], subjects: ["9101"], outcome: "ok" };
      await turn("QA_Tester", { "reply:1": "{}" }, false);
      const { id, working } = await mission();
      expect(working).toEqual(["QA_Tester"]);
      await turn("DevOps_Builder", { [deedField("m", "1.1")]: JSON.stringify({ ...deed, mission: id }) });
      const found = await mission();
      expect(found.working).toEqual(["QA_Tester"]);
      expect(found.deeds).toMatchObject([{ ...deed, at: expect.any(Number) }]);
    });

    test("a role writes into its own part, and not once the mission is over", async () => {
      const mailbox = bus.mailbox("QA_Tester", "a");
      await say("check it", "QA_Tester");
      await receiveCount(mailbox, 1);
      const { id } = await mission();
      const check = { criterion: "c1", revision: 1, began: 1, at: 2, passed: true, seen: [] };
      const write = (name: string) =>
        mailbox.mission.record(id, () => ({ [checkField(name)]: JSON.stringify(check) }), { signal });
      await write("c1");
      expect((await mission()).checks).toEqual([check]);
      await bus.missions.close({ signal });
      await expect(write("c2")).rejects.toSatisfy(isStale);
      expect((await mission()).checks).toHaveLength(1);
    });
  });
}
