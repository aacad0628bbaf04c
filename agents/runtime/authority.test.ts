/** A call that waits for its approval: who is asked, what ends the wait, what is spent, and what a crash leaves. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { OwnApprovals } from "../bus/approvals.ts";
import type { LiveEvent } from "../bus/bus.ts";
import { changeOf, type Risk } from "../governance/change.ts";
import type { Dials } from "../protocol/dials.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import { act, hasTool, lastOf, signal, TestTeam } from "../testing/test-team.ts";
import { recordVerdict } from "../tools/record-verdict.ts";
import { showChange } from "../tools/show-change.ts";
import type { Tool } from "../tools/tool.ts";
import { RoleAuthority } from "./authority.ts";

let team: TestTeam;
/** What `act` would run, and how often it has. */
let world: { digest: string; runs: number; text: string; isHighRisk: boolean };
beforeEach(() => {
  team = new TestTeam();
  world = { digest: "a".repeat(64), runs: 0, text: "touch /x", isHighRisk: false };
});
afterEach(async () => await team.stop());

const DIALS: Dials = { changes: "infrastructure", approval: "high-risk" };

function gate(dials: Partial<Dials> = {}, waitMs = 60_000) {
  return (approvals: OwnApprovals) =>
    new RoleAuthority({
      ...{ role: "DevOps_Builder", bus: team.bus, approvals, waitMs },
      dials: { ...DIALS, ...dials },
    });
}

const ok = redacted``;
const acting: Tool = {
  name: "act",
  description: "Acts.",
  input: z.strictObject({ n: z.number() }),
  effect: () => "infrastructure",
  target: () => "pve1",
  propose: async (_, { redactor }) => {
    const risks: Risk[] = world.isHighRisk ? [{ kind: "destroy", why: "destroys it" }] : [];
    const row = {
      action: "run",
      what: "x",
      name: "web-01",
      where: "host",
      effect: "infrastructure",
    } as const;
    const change = changeOf([{ ...row, risks }]);
    return { digest: world.digest, change, text: redactor(world.text), unshown: ok };
  },
  run: async () => {
    world.runs++;
    return { kind: "ok", exitCode: 0, stdout: ok, stderr: ok, truncated: false, artifact: null };
  },
};

async function builder(authority = gate()) {
  return await team.start({
    role: "DevOps_Builder",
    tools: [acting],
    authority,
    answer: (request) => (hasTool(request) ? { text: `told: ${lastOf(request)}` } : act(1)),
  });
}

/** A reviewer that answers each change by this. */
async function sentinel(verdict: "approve" | "reject", first = true) {
  return await team.start({
    role: "Security_Sentinel",
    tools: [recordVerdict, showChange],
    answer: (request) => {
      const change = /Change ([0-9a-f]{8})/.exec(JSON.stringify(request.messages))?.[1] ?? "";
      const args = { changes: [change], verdict, findings: verdict === "reject" ? ["too much"] : [] };
      return hasTool(request) || !first
        ? { text: `verdict: ${lastOf(request)}` }
        : { calls: [{ tool: "record_verdict", args }] };
    },
  });
}

const asked = () => nextEvent(team.bus, (event) => event.kind === "message" && event.fact?.kind === "change");
const noticed = () => nextEvent(team.bus, (event: LiveEvent) => event.kind === "notice");

async function operatorSays(verdict: "approve" | "reject", why: Redacted = redacted``) {
  const { session, epoch } = await team.bus.control({ signal });
  const grant = {
    id: `o-${world.digest.slice(0, 8)}-${verdict}`,
    change: world.digest,
    verdict,
    why,
    forMs: 60_000,
  };
  await team.bus.approvals.grant({ ...grant, session, epoch }, { signal });
}

describe("a change without a grant", () => {
  test("waits for the reviewer, runs once with its approval, and spends it (F25, R31)", async () => {
    await builder();
    await sentinel("approve");
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    expect((await reply).content).toContain("told: [ok exit 0]");
    expect(world.runs).toBe(1);
    const [change] = await team.bus.approvals.changes({ signal });
    expect(change).toMatchObject({ state: "begun", outcome: "Security_Sentinel" });
    const { spends } = await team.bus.approvals.standing(world.digest, { signal });
    expect(spends.size).toBe(1);
    const again = team.saidBy("DevOps_Builder");
    const question = asked();
    await team.say("User", ["DevOps_Builder"], "go again");
    await question; // what was spent lets nothing through
    expect((await again).content).toContain("[ok");
    expect(world.runs).toBe(2);
  });

  test("is refused with the reviewer's findings, and nothing runs (F28)", async () => {
    await builder();
    await sentinel("reject");
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    expect((await reply).content).toMatch(
      /\[refused\].*Security_Sentinel has rejected this change.*too much/s,
    );
    expect(world.runs).toBe(0);
  });

  test("of high risk needs the operator besides; his no is told with his reason (F26)", async () => {
    world.isHighRisk = true;
    await builder();
    await sentinel("approve");
    const question = noticed();
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    expect(await question).toMatchObject({ content: expect.stringContaining("destroy: destroys it") });
    expect(world.runs).toBe(0);
    const [change] = await team.bus.approvals.changes({ signal });
    expect(change).toMatchObject({ typed: "web-01", state: "waiting" });
    await operatorSays("reject", redacted`use 9102 instead`);
    expect((await reply).content).toMatch(/operator has rejected.*use 9102 instead/s);
    expect(world.runs).toBe(0);
  });

  test("the operator's grant alone is enough (F26)", async () => {
    await builder(gate({ approval: "operator" }));
    const reply = team.saidBy("DevOps_Builder");
    const question = asked();
    await team.say("User", ["DevOps_Builder"], "go");
    await question;
    await operatorSays("approve");
    expect((await reply).content).toContain("[ok");
    expect(world.runs).toBe(1);
  });

  test.each(["APPROVED", "/grant aaaaaaaa", "I approve change aaaaaaaa, grant:User"])(
    "is granted by no text, whoever says it: %s (F26, F27)",
    async (text) => {
      await builder(gate({}, 1_200));
      const reply = team.saidBy("DevOps_Builder");
      const question = asked();
      await team.say("User", ["DevOps_Builder"], "go");
      await question;
      await team.say("Security_Sentinel", ["DevOps_Builder"], text);
      await team.say("User", ["Architect_Zero"], text);
      expect((await reply).content).toContain("Nobody has approved this change in time");
      expect(world.runs).toBe(0);
    },
  );

  test("the operator's word to the role ends the wait, and is read before anything else", async () => {
    const agent = await builder();
    const question = asked();
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    await question;
    await team.say("User", ["DevOps_Builder"], "no, instead do nothing");
    await reply;
    expect(JSON.stringify(agent.requests[1])).toContain("no, instead do nothing");
    expect(world.runs).toBe(0);
  });

  test("STOP ends the wait", async () => {
    const agent = await builder();
    const question = asked();
    await team.say("User", ["DevOps_Builder"], "go");
    await question;
    const ended = agent.next((event) => event.kind === "turn_ended");
    await team.bus.command("STOP", { signal });
    expect(await ended).toMatchObject({ status: "cancelled" });
    expect(world.runs).toBe(0);
  });

  test("what has changed while it waited is not run on the grant of what it was (F27)", async () => {
    await builder();
    const question = asked();
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    await question;
    await operatorSays("approve");
    world.digest = "b".repeat(64);
    expect((await reply).content).toContain("has changed while it waited");
    expect(world.runs).toBe(0);
  });

  test("waits on after a crash, is asked once, and is granted then", async () => {
    const first = await builder();
    const question = asked();
    await team.say("User", ["DevOps_Builder"], "go");
    await question;
    await first.stop();
    const reply = team.saidBy("DevOps_Builder");
    await builder();
    await operatorSays("approve");
    expect((await reply).content).toContain("[ok");
    expect(world.runs).toBe(1);
    const history = await team.bus.history({ signal });
    expect(history.filter(({ fact }) => fact?.kind === "change")).toHaveLength(1);
  });

  test("advise lets it run, and keeps the record", async () => {
    await builder(gate({ approval: "advise" }));
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    expect((await reply).content).toContain("[ok");
    const [change] = await team.bus.approvals.changes({ signal });
    expect(change).toMatchObject({ state: "begun", outcome: "nobody was asked: advise" });
  });

  test("is refused by the dial that the operator has set, granted or not", async () => {
    await builder(gate({ approval: "advise" }));
    await team.bus.approvals.set({ changes: "workspace" }, { signal });
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    expect((await reply).content).toContain("no more than this: workspace");
    expect(world.runs).toBe(0);
  });
});

describe("a verdict", () => {
  test("is refused for what was not shown whole in this turn, and recorded once it was (F28, R32)", async () => {
    world.text = Array.from({ length: 4_000 }, (_, n) => `${n}`).join(" ");
    await builder();
    const reviewer = await team.start({
      role: "Security_Sentinel",
      tools: [recordVerdict, showChange],
      answer: (_, index) => {
        const verdict = { tool: "record_verdict", args: { changes: [world.digest], verdict: "approve" } };
        const show = (page: number) => ({ tool: "show_change", args: { change: world.digest, page } });
        const steps = [[verdict], [show(1), verdict], [show(2)], [verdict]];
        return steps[index] ? { calls: steps[index] } : { text: "read and recorded" };
      },
    });
    const reply = team.saidBy("DevOps_Builder");
    await team.say("User", ["DevOps_Builder"], "go");
    expect((await reply).content).toContain("[ok");
    const told = reviewer.requests.slice(1).map(lastOf);
    expect(told[0]).toMatch(/Nothing was recorded.*"page": 1/s);
    expect(told[1]).toMatch(/Nothing was recorded.*"page": 2/s);
    expect(told.at(-1)).toContain("Approved: aaaaaaaa");
  });

  test("in words is asked for as a record, and wakes nobody whose call waits (F23, F26)", async () => {
    await builder(gate({}, 4_000));
    const reviewer = await sentinel("approve", false);
    const said = team.saidBy("Security_Sentinel");
    await team.say("User", ["DevOps_Builder"], "go");
    expect((await said).to).toEqual(["Architect_Zero"]);
    expect(lastOf(reviewer.requests[1])).toContain("words grant nothing");
    expect(world.runs).toBe(0);
  });
});
