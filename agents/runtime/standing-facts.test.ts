import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nextEvent } from "../testing/bus-contract.ts";
import type { ModelRequest } from "../testing/model-server.ts";
import { startTestAgent } from "../testing/test-agent.ts";
import {
  act,
  afterwards,
  askedIn,
  hasTool,
  linesOf,
  signal,
  TestTeam,
  tasksIn,
  toolDoing,
  turnAtWork,
} from "../testing/test-team.ts";

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(async () => await team.stop());

const factsIn = (request: ModelRequest | undefined) =>
  linesOf(request as ModelRequest).filter(({ fact }) => fact !== undefined);

/** Ends as a real command does. */
function untilStopped() {
  const begun = Promise.withResolvers<void>();
  const tool = toolDoing(async (_, context) => {
    begun.resolve();
    await once(context.call.signal, "abort");
    return { kind: "cancelled", exitCode: null };
  });
  return { tools: [tool], begun: begun.promise };
}

test("STOP, whose turn it ended, in which call, stands in what every role sees, the one itself too (R10)", async () => {
  const { tools, begun } = untilStopped();
  const builder = await team.start({
    ...{ role: "DevOps_Builder", tools },
    answer: (request) => (askedIn(request) === "apply" ? act(1) : { text: "I look first" }),
  });
  const tester = await team.start({ role: "QA_Tester", answer: () => ({ text: "seen" }) });
  await team.say("Architect_Zero", ["DevOps_Builder"], "apply");
  await begun;
  const shown = nextEvent(team.bus, (event) => event.kind === "message" && event.fact?.kind === "ended");
  await team.bus.command("STOP", { signal });
  expect(await shown).toMatchObject({ sender: "DevOps_Builder", to: [] });
  const replies = [team.saidBy("DevOps_Builder"), team.saidBy("QA_Tester")];
  await team.say("User", ["DevOps_Builder", "QA_Tester"], "on from here");
  await Promise.all(replies);
  for (const agent of [builder, tester]) {
    const [stop, cut, ...others] = factsIn(agent.requests.at(-1));
    expect(stop).toMatchObject({ fact: "User", text: expect.stringContaining("STOP") });
    expect(cut).toMatchObject({ fact: "DevOps_Builder" });
    expect(cut?.text).toMatch(
      /about the message of Architect_Zero of [\d:]+ ended: cancelled, STOP by the operator/,
    );
    expect(cut?.text).toContain("In the midst of act thing [cancelled]: look at the state.");
    expect(others).toEqual([]);
  }
});

test("what STOP cut off while its agent was dead is told when it starts, as far as it is known (R10)", async () => {
  const begun = Promise.withResolvers<void>();
  const tools = [
    toolDoing(async () => {
      begun.resolve();
      return await new Promise<never>(() => {}); // it died
    }),
  ];
  const dying = await startTestAgent({ bus: team.bus, role: "DevOps_Builder", tools, answer: () => act(1) });
  await team.say("User", ["DevOps_Builder"], "apply");
  await begun.promise;
  team.bus.mailbox("DevOps_Builder", "other"); // the lease has passed on
  void dying.stop();
  await team.bus.command("STOP", { signal });
  await team.start({ role: "DevOps_Builder", tools, answer: () => ({ text: "ok" }) });
  await expect
    .poll(async () => (await team.bus.history({ signal })).at(-1)?.content)
    .toMatch(
      /ended: cancelled, it belongs to a run that the operator ended\. In the midst of act thing \[unknown\]/,
    );
});

test("CLEAR begins with the fact of it, and with what it cut off (R10)", async () => {
  const { tools, begun } = untilStopped();
  const builder = await team.start({
    role: "DevOps_Builder",
    tools,
    answer: (request) => (askedIn(request) === "apply" ? act(1) : { text: "ok" }),
  });
  await team.say("User", ["DevOps_Builder"], "apply");
  await begun;
  const ended = builder.next((event) => event.kind === "turn_ended");
  await team.bus.command("CLEAR", { signal });
  await ended;
  const reply = team.saidBy("DevOps_Builder");
  await team.say("User", ["DevOps_Builder"], "another mission");
  await reply;
  const lines = linesOf(builder.requests.at(-1) as ModelRequest);
  expect(lines.map(({ fact, from }) => fact ?? from)).toEqual(["User", "DevOps_Builder", "User"]);
  expect(lines[0]?.text).toMatch(/^CLEAR/);
  expect(lines[1]?.text).toContain("act thing [cancelled]");
});

test("a time limit in a turn that went on is a fact for all (R10)", async () => {
  await team.start({
    role: "QA_Tester",
    tools: [toolDoing(async () => ({ kind: "timeout", exitCode: null }))],
    answer: (request) => (hasTool(request) ? { text: "FAIL" } : act(1)),
  });
  const reply = team.saidBy("QA_Tester");
  await team.say("Architect_Zero", ["QA_Tester"], "look");
  await reply;
  const [, fact, said] = await team.bus.history({ signal });
  expect(fact).toMatchObject({
    fact: { kind: "ended" },
    content: expect.stringContaining("act thing [timeout]"),
  });
  expect(said).toMatchObject({ content: "FAIL" });
});

test("a turn that failed is a fact with its cause: nobody waits for a report that never comes (R10)", async () => {
  await team.start({
    role: "QA_Tester",
    answer: () => ({ status: 401 }),
  });
  const failed = nextEvent(team.bus, (event) => event.kind === "message" && event.fact?.kind === "ended");
  await team.say("Architect_Zero", ["QA_Tester"], "look");
  expect(await failed).toMatchObject({ content: expect.stringContaining("ended: failed") });
});

test("whoever speaks to a busy role finds that the message waits, behind what, since when (R15)", async () => {
  const gate = Promise.withResolvers<void>();
  const builder = await team.start({
    role: "DevOps_Builder",
    tools: [toolDoing(() => afterwards(gate.promise))],
    answer: (request) =>
      hasTool(request) || !askedIn(request).startsWith("build") ? { text: "done" } : act(1),
  });
  const architect = await team.start({ role: "Architect_Zero", answer: () => ({ text: "patience" }) });
  const begun = builder.next((event) => event.kind === "tool_started");
  await team.say("User", ["DevOps_Builder"], "build the guests");
  await begun;
  const told = nextEvent(team.bus, (event) => event.kind === "message" && event.fact?.kind === "waits");
  const order = await team.say("Architect_Zero", ["DevOps_Builder"], "another order");
  expect(await told).toMatchObject({ sender: "DevOps_Builder", to: [], fact: { about: order.id } });
  const ask = async (text: string) => {
    const reply = team.saidBy("Architect_Zero");
    await team.say("User", ["Architect_Zero"], text);
    await reply;
    return factsIn(turnAtWork(architect.requests.at(-1) as ModelRequest)).map((line) => line.text);
  };
  const [waits] = await ask("how far is it?");
  expect(waits).toMatch(
    /^The message of Architect_Zero of [\d:]+ waits: since [\d:]+ I work on what User said at [\d:]+ \("build the guests"\)\.$/,
  );
  const answered = team.saidBy("DevOps_Builder");
  gate.resolve();
  await answered;
  expect(await ask("and now?")).toEqual([]);
});

test("a role that begins sees all that waits for it, by time, and answers once (R15)", async () => {
  const gate = Promise.withResolvers<void>();
  const architect = await team.start({
    role: "Architect_Zero",
    tools: [toolDoing(() => afterwards(gate.promise))],
    answer: (request) =>
      hasTool(request) || !tasksIn(request).includes("plan") ? { text: "noted" } : act(1),
  });
  const begun = architect.next((event) => event.kind === "tool_started");
  await team.say("User", ["Architect_Zero"], "plan");
  await begun;
  for (const text of ["report 1", "report 2", "report 3"])
    await team.say("DevOps_Builder", ["Architect_Zero"], text);
  gate.resolve();
  const ended = architect.next(
    (event) => event.kind === "turn_ended" && event.message.content === "report 1",
  );
  await ended;
  const last = architect.requests.at(-1) as ModelRequest;
  expect(tasksIn(last)).toEqual(["report 1", "report 2", "report 3"]);
  expect(JSON.stringify(last.messages.at(-1))).toContain("answer it all in one reply");
  const said = (await team.bus.history({ signal })).filter(({ sender }) => sender === "Architect_Zero");
  expect(said).toHaveLength(2);
});
