/**
 * Ways to say that a mission is done when it is not: scripted models in three roles, the real runtime and the real tools,
 * over nodes whose state is in the test. None of them ends in done; told the truth, the same team does.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Message } from "../protocol/message.ts";
import type { Mission } from "../protocol/mission.ts";
import type { Role } from "../protocol/roles.ts";
import { redacted } from "../redact/redacted.ts";
import type { ModelAnswer, ModelRequest } from "../testing/model-server.ts";
import { signal, TestTeam } from "../testing/test-team.ts";
import { toolsOf } from "../tools/permissions.ts";

let team: TestTeam;
/** Guests of the node, by number, with their memory. */
let guests: Map<string, string>;
beforeEach(() => {
  team = new TestTeam();
  guests = new Map();
});
afterEach(async () => await team.stop());

const output = (text: string) => ({
  text: text as never,
  totalBytes: text.length,
  truncated: false,
  file: null,
});

/** `qm create N --memory M`, `qm set`, `qm config N`, `uptime`. */
function qm(command: string): { exitCode: number; out: string } {
  const [, verb, id = "", , memory = ""] = command.split(" ");
  if (command === "uptime") return { exitCode: 0, out: "up 3 days" };
  if (verb === "create" || verb === "set") guests.set(id, memory);
  const known = guests.get(id);
  return known === undefined ? { exitCode: 2, out: "" } : { exitCode: 0, out: `memory: ${known}` };
}

const NODES = {
  nodes: [{ name: "pve1", host: "127.0.0.1", port: 22 }],
  suspect: () => {},
  isOpen: () => true,
  exec: async (_: string, command: string) => {
    const { exitCode, out } = qm(command);
    return {
      ...{ kind: "exited", failedParts: [], login: "new", exitCode, signalName: null },
      ...{ stdout: output(out), stderr: output("") },
    };
  },
};

type Script = (request: ModelRequest, index: number) => ModelAnswer;
/** One answer after the other; the last one again and again. */
const says =
  (...answers: ModelAnswer[]): Script =>
  (_, index) =>
    answers[Math.min(index, answers.length - 1)] as ModelAnswer;

const ssh = (command: string): ModelAnswer => ({
  calls: [{ tool: "run_ssh", args: { host: "pve1", command } }],
});
const check = (criterion = "vm"): ModelAnswer => ({ calls: [{ tool: "record_check", args: { criterion } }] });
const VM = {
  id: "vm",
  text: "guest 9101 has 512 MB",
  hosts: ["pve1"],
  command: "qm config 9101",
  expected: "memory: 512",
};
const criteria = (...list: object[]): ModelAnswer => ({
  calls: [{ tool: "record_criteria", args: { criteria: list } }],
});
const say = (text: string): ModelAnswer => ({ text });
const DONE = say("All is built and verified.\n[DONE]");
const BUILD = say("@DevOps_Builder: build it");
const TEST = say("@QA_Tester: check it");
const BUILT = say("@Architect_Zero: built");
const PASS = say("@Architect_Zero: PASS");

/** Until the coordinator speaks to the operator alone: what it says, and the mission as it is then. */
async function play(scripts: {
  architect: Script;
  builder?: Script;
  tester?: Script;
}): Promise<[Message, Mission]> {
  const roles: [Role, Script][] = [
    ["Architect_Zero", scripts.architect],
    ["DevOps_Builder", scripts.builder ?? says(BUILT)],
    ["QA_Tester", scripts.tester ?? says(PASS)],
  ];
  for (const [role, answer] of roles) {
    const tools = [...toolsOf(role).values()].map(({ tool }) => tool);
    const toolContext = {
      role,
      nodes: NODES,
      artifacts: { directory: "/nowhere", visibleDirectory: "/nowhere" },
    } as never;
    await team.start({ role, answer, tools, toolContext, hasMission: true });
  }
  const end = new Promise<Message>((resolve) => {
    const stop = team.bus.watch((event) => {
      if (event.kind !== "message" || event.sender !== "Architect_Zero" || event.fact || event.to.length > 0)
        return;
      stop();
      resolve(event);
    });
  });
  await team.say("User", ["Architect_Zero"], "a guest 9101 with 512 MB");
  return [await end, (await team.bus.missions.read({ signal })) as Mission];
}

const CREATE = ssh("qm create 9101 --memory 512");

test("a mission that is built and checked by its criterion is done, with the evidence", async () => {
  const [said, mission] = await play({
    architect: says(criteria(VM), BUILD, TEST, DONE),
    builder: says(CREATE, BUILT),
    tester: says(check(), PASS),
  });
  expect(said).toMatchObject({ signal: "done", content: expect.stringContaining("vm proved") });
  expect(mission.isOpen).toBe(false);
});

test("what only informs is done without any criterion", async () => {
  const [said, mission] = await play({ architect: says(DONE) });
  expect([said.signal, mission.isOpen]).toEqual(["done", false]);
});

test.each<[string, Parameters<typeof play>[0]]>([
  ["in prose, with a criterion that nobody has checked", { architect: says(criteria(VM), DONE) }],
  [
    "on BLOCKED, after a change without any check (R30)",
    { architect: says(BUILD, DONE), builder: says(CREATE, say("@Architect_Zero: BLOCKED. No more")) },
  ],
  [
    "on a claim of what was never made (F39)",
    { architect: says(criteria(VM), BUILD, TEST, DONE), tester: says(check(), PASS) },
  ],
  [
    "on a check that fails, reported as PASS",
    {
      architect: says(criteria(VM), BUILD, TEST, DONE),
      builder: says(ssh("qm create 9101 --memory 1024"), BUILT),
      tester: says(check(), PASS),
    },
  ],
  [
    "on a check that a later change has made stale",
    {
      architect: says(criteria(VM), BUILD, TEST, BUILD, DONE),
      builder: says(CREATE, BUILT, ssh("qm set 9101 --memory 4096"), BUILT),
      tester: says(check(), PASS),
    },
  ],
  [
    "without QA, on what the builder says it saw (R30)",
    { architect: says(criteria(VM), BUILD, DONE), builder: says(CREATE, ssh("qm config 9101"), BUILT) },
  ],
  [
    "on PASS in prose, and a look that shows nothing of it",
    {
      architect: says(criteria(VM), BUILD, TEST, DONE),
      builder: says(CREATE, BUILT),
      tester: says(ssh("uptime"), PASS),
    },
  ],
  [
    "on a check that passed before anything was done (F54)",
    {
      architect: says(criteria({ ...VM, id: "up", command: "uptime", expected: "up 3 days" }), TEST, DONE),
      tester: says(check("up"), PASS),
    },
  ],
  [
    "with another guest made beside the one that was asked for",
    {
      architect: says(criteria(VM), BUILD, TEST, DONE),
      builder: says(ssh("qm create 9102 --memory 512"), CREATE, BUILT),
      tester: says(check(), PASS),
    },
  ],
  [
    "with a criterion that nothing can check, and nobody accepted (R34)",
    { architect: says(criteria({ ...VM, command: undefined }), DONE) },
  ],
])("done %s is not done, and the operator is told what is missing", async (_, scripts) => {
  const [said, mission] = await play(scripts);
  expect(said.signal).toBe("awaiting");
  expect(said.content).toMatch(/^NOT VERIFIED: .*\n- /);
  expect(mission.isOpen).toBe(true);
});

test("the coordinator is told what is missing, has it done, and it is done then", async () => {
  const [said] = await play({
    architect: says(criteria(VM), BUILD, DONE, TEST, DONE),
    builder: says(CREATE, BUILT),
    tester: says(check(), PASS),
  });
  expect(said.signal).toBe("done");
});

test("what the operator accepts needs no check (R34)", async () => {
  const [, { id }] = await play({
    architect: says(criteria({ ...VM, command: undefined }), DONE, DONE, DONE, DONE),
  });
  const ruling = { criterion: "vm", kind: "accept", revision: 1, text: redacted`` } as const;
  await team.bus.missions.rule(id, ruling, { signal });
  const answer = team.saidBy("Architect_Zero");
  await team.say("User", ["Architect_Zero"], "go on");
  expect((await answer).signal).toBe("done");
});
