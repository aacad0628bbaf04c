import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Bus, Mailbox } from "../bus/bus.ts";
import type { ModelRequest } from "../testing/model-server.ts";
import { startTestAgent } from "../testing/test-agent.ts";
import {
  act,
  afterwards,
  askedIn,
  hasTool,
  lastOf,
  linesOf,
  signal,
  TestTeam,
  tasksIn,
  toolDoing,
} from "../testing/test-team.ts";

let team: TestTeam;
beforeEach(() => {
  team = new TestTeam();
});
afterEach(async () => await team.stop());

const heardIn = (request: ModelRequest) => linesOf(request).filter(({ note }) => note !== undefined);

test("after a pause the operator's answer is the task; the held report is not worked on again (R11)", async () => {
  const architect = await team.start({
    role: "Architect_Zero",
    answer: (request) =>
      askedIn(request) === "build"
        ? { text: "Which storage?\n[AWAITING_INPUT]" }
        : { text: "@DevOps_Builder go" },
  });
  const question = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "build");
  await question;
  await team.say("DevOps_Builder", ["Architect_Zero"], "an older report");
  const orders: string[] = [];
  team.bus.watch((event) => {
    if (event.kind === "message" && event.to.includes("DevOps_Builder")) orders.push(event.content);
  });
  const order = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "local-lvm");
  await order;
  const asked = architect.requests.at(-1) as ModelRequest;
  expect(tasksIn(asked)).toEqual(["an older report", "local-lvm"]);
  expect(lastOf(asked)).toContain("First what the operator says");
  expect(
    linesOf(asked)
      .map(({ time }) => time)
      .filter(Boolean),
  ).toEqual(
    linesOf(asked)
      .map(({ time }) => time)
      .filter(Boolean)
      .toSorted(),
  );
  const after = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "thank you");
  await after;
  expect(architect.requests).toHaveLength(3);
  expect(orders).toHaveLength(2); // one for each word of the operator, none for the report
});

test("what the operator says to a role at work reaches it before its next step (R12)", async () => {
  const gate = Promise.withResolvers<void>();
  const builder = await team.start({
    role: "DevOps_Builder",
    tools: [toolDoing(() => afterwards(gate.promise))],
    answer: (request) => {
      if (heardIn(request).length > 0) return { text: "node 2 it is" };
      return hasTool(request) ? { text: "done on node 1" } : act(1);
    },
  });
  const begun = builder.next((event) => event.kind === "tool_started");
  await team.say("Architect_Zero", ["DevOps_Builder"], "build on node 1");
  await begun;
  const reply = team.saidBy("DevOps_Builder");
  await team.say("User", ["DevOps_Builder"], "no, on node 2");
  gate.resolve();
  expect(await reply).toMatchObject({ content: "node 2 it is" });
  const [heard] = heardIn(builder.requests.at(-1) as ModelRequest);
  expect(heard).toMatchObject({ from: "User", text: "no, on node 2" });
  expect(heard?.note).toContain("meanwhile the operator says this");
  expect(builder.requests).toHaveLength(2);
  expect(builder.events.filter(({ kind }) => kind === "turn_started")).toHaveLength(1);
});

test("a last word that was made without the operator's is not sent; the model is asked again (R12)", async () => {
  const asked = Promise.withResolvers<void>();
  const said = Promise.withResolvers<void>();
  const architect = await team.start({
    role: "Architect_Zero",
    answer: async (request: ModelRequest) => {
      if (heardIn(request).length > 0) return { text: "@DevOps_Builder destroy nothing" };
      asked.resolve();
      await said.promise;
      return { text: "@DevOps_Builder destroy it" };
    },
  });
  const order = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "clean up");
  await asked.promise;
  await team.say("User", ["Architect_Zero"], "but destroy nothing");
  said.resolve();
  expect(await order).toMatchObject({ content: "@DevOps_Builder destroy nothing", to: ["DevOps_Builder"] });
  expect(lastOf(architect.requests[1])).toContain("your last reply was not sent");
  const history = await team.bus.history({ signal });
  expect(history.map(({ content }) => content)).toEqual([
    "clean up",
    "but destroy nothing",
    "@DevOps_Builder destroy nothing",
  ]);
});

test("the model is not asked again before the operator's message is here (R12)", async () => {
  const asked = Promise.withResolvers<void>();
  const said = Promise.withResolvers<void>();
  const inbox = Promise.withResolvers<void>();
  const { bus } = team;
  const slow = (mailbox: Mailbox): Mailbox => ({
    journal: (message) => mailbox.journal(message),
    thread: (options) => mailbox.thread(options),
    leaseLost: () => mailbox.leaseLost(),
    assertInCharge: () => mailbox.assertInCharge(),
    account: mailbox.account,
    approvals: mailbox.approvals,
    mission: mailbox.mission,
    receive: async (options) => {
      const deliveries = await mailbox.receive(options);
      if (deliveries.some(({ message }) => message.content === "stop that")) await inbox.promise;
      return deliveries;
    },
  });
  const late: Bus = {
    send: (draft, options) => bus.send(draft, options),
    command: (command, options) => bus.command(command, options),
    control: (options) => bus.control(options),
    history: (options) => bus.history(options),
    show: (event) => bus.show(event),
    watch: (listener) => bus.watch(listener),
    mailbox: (role, consumer) => slow(bus.mailbox(role, consumer)),
    callOutput: (call, options) => bus.callOutput(call, options),
    deadLetters: (options) => bus.deadLetters(options),
    spending: (options) => bus.spending(options),
    budgets: bus.budgets,
    approvals: bus.approvals,
    missions: bus.missions,
    guests: bus.guests,
    close: () => bus.close(),
  };
  const architect = await startTestAgent({
    ...{ bus: late, role: "Architect_Zero" },
    answer: async (request) => {
      if (heardIn(request).length > 0) return { text: "stopped" };
      asked.resolve();
      await said.promise;
      return { text: "@DevOps_Builder go" };
    },
  });
  const reply = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "go");
  await asked.promise;
  await team.say("User", ["Architect_Zero"], "stop that");
  said.resolve();
  await sleep(700); // it looks for the message again and again meanwhile
  expect(architect.requests).toHaveLength(1);
  inbox.resolve();
  expect(await reply).toMatchObject({ content: "stopped" });
  expect(architect.requests).toHaveLength(2);
  await architect.stop();
});

test("what was heard in mid-turn is heard again by the turn that is resumed after a crash, and only there (R12)", async () => {
  const gate = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const ran: number[] = [];
  const tools = [
    toolDoing(async ({ n }, context) => {
      ran.push(n);
      if (n === 1) await gate.promise;
      if (n !== 2) return {};
      second.resolve();
      return await new Promise<never>((_, reject) =>
        context.call.signal.addEventListener("abort", () => reject(context.call.signal.reason)),
      );
    }),
  ];
  const answer = (request: ModelRequest) => {
    const results = request.messages.filter(({ role }) => role === "tool").length;
    return results < 2 && askedIn(request) !== "next"
      ? act(results + 1)
      : { text: `done, and heard ${heardIn(request).map(({ text }) => text)}` };
  };
  const first = await startTestAgent({ bus: team.bus, role: "DevOps_Builder", tools, answer });
  const begun = first.next((event) => event.kind === "tool_started");
  await team.say("Architect_Zero", ["DevOps_Builder"], "work");
  await begun;
  await team.say("User", ["DevOps_Builder"], "faster");
  gate.resolve();
  await second.promise;
  const reply = team.saidBy("DevOps_Builder");
  const successor = await team.start({ role: "DevOps_Builder", tools, answer });
  void first.stop();
  expect(await reply).toMatchObject({ content: "done, and heard faster", to: ["Architect_Zero"] });
  expect(ran).toEqual([1, 2]);
  expect(successor.requests).toHaveLength(1);
  const next = team.saidBy("DevOps_Builder");
  await team.say("User", ["DevOps_Builder"], "next");
  await next;
  expect(successor.events.filter(({ kind }) => kind === "turn_started")).toHaveLength(2);
});

test("an answer to the operator wakes nobody whom he has not named (R17)", async () => {
  await team.start({ role: "QA_Tester", answer: () => ({ text: "@Architect_Zero: PASS, two guests run." }) });
  const ask = async (sender: "User" | "Architect_Zero", text: string) => {
    const reply = team.saidBy("QA_Tester");
    await team.say(sender, ["QA_Tester"], text);
    return (await reply).to;
  };
  expect(await ask("User", "@QA_Tester which guests run?")).toEqual([]);
  expect(await ask("User", "@QA_Tester look, and tell the Architect")).toEqual(["Architect_Zero"]);
  expect(await ask("Architect_Zero", "verify")).toEqual(["Architect_Zero"]);
});

test("the coordinator addresses one role a message (R14)", async () => {
  const both = "@Security_Sentinel review it, @DevOps_Builder write it.";
  const architect = await team.start({
    role: "Architect_Zero",
    answer: (request) =>
      lastOf(request).includes("at once") ? { text: "@DevOps_Builder write it." } : { text: both },
  });
  const order = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "build");
  expect(await order).toMatchObject({ content: "@DevOps_Builder write it.", to: ["DevOps_Builder"] });
  expect(lastOf(architect.requests[1])).toContain("address one of them");
});

test.each([
  ["a name and a colon", "DevOps_Builder: please apply the plan."],
  ["back-ticks", "`@DevOps_Builder` please apply the plan."],
  ["emphasis", "**DevOps_Builder**, apply the plan."],
])("a role that is named with %s and not addressed is asked about once (R13)", async (_, text) => {
  const architect = await team.start({
    role: "Architect_Zero",
    answer: (request) =>
      lastOf(request).includes("addresses nobody") && askedIn(request) !== "mean it"
        ? { text: "@DevOps_Builder apply the plan." }
        : { text },
  });
  const corrected = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "go");
  expect(await corrected).toMatchObject({ to: ["DevOps_Builder"] });
  const meant = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "mean it");
  expect(await meant).toMatchObject({ content: text, to: [] });
  expect(architect.requests).toHaveLength(4);
});

test("a report to the operator that only tells of roles is sent as it is (R13)", async () => {
  const text = "Two guests run now; DevOps_Builder made them and QA_Tester saw them.";
  const architect = await team.start({ role: "Architect_Zero", answer: () => ({ text }) });
  const reply = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "what is there?");
  expect(await reply).toMatchObject({ content: text });
  expect(architect.requests).toHaveLength(1);
});
