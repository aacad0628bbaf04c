import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROLES } from "../../agents/protocol/roles.ts";
import { PERMISSIONS } from "../../agents/tools/permissions.ts";
import { loadScenario } from "../model/scenario.ts";
import { readThrough, type ToolCall, type World } from "./table-read.ts";

const scenario = loadScenario(join(import.meta.dirname, "./rehearsal.yaml"));
const digest = "0123456789abcdef".repeat(4);
const hardened = "passwordauthentication no\npermitrootlogin without-password\nx11forwarding no";
const guest = "cores: 1\nmemory: 512\nname: web-01\nscsi0: local-lvm:vm-9101-disk-0,size=8G";
const APPLIED = "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.";
const recap = (node: string) => `Recap: ${node} ok=2 changed=1 unreachable=0 failed=0`;

/** All goes well besides the scripted mistake in the module; `override` answers first. */
function createWorld(override: (call: ToolCall) => string | undefined = () => undefined): World {
  const files = new Map<unknown, unknown>();
  return (call) => {
    const { tool, args } = call;
    const special = override(call);
    if (special !== undefined) return special;
    if (tool === "save_file") files.set(args["path"], args["content"]);
    if (tool === "read_file") return `[ok]\n${files.get(args["path"])}`;
    if (tool === "read_env") return "[ok]\npve1=127.0.0.1:2201,pve2=127.0.0.1:2202";
    if (tool === "run_ansible") return `[ok exit 0]\n${recap("pve1")}\n${recap("pve2")}`;
    if (tool === "run_terraform")
      return terraform(args["command"], String(files.get("/app/infra/web/main.tf")));
    if (tool === "record_check") return checked(String(args["criterion"]));
    return tool === "run_ssh" ? `[ok exit 0]\n${onNode(String(args["command"]))}` : "[ok exit 0]";
  };
}

function terraform(command: unknown, module: string): string {
  if (/^\s*triggers\s*=/m.test(module)) {
    return command === "init"
      ? "[ok exit 0]"
      : '[failed exit 1]\n--- stderr ---\nError: Unsupported argument "triggers"';
  }
  if (command === "plan")
    return `[ok exit 0]\nPlan: 1 to add, 0 to change, 0 to destroy.\nPlan digest: ${digest}`;
  return command === "apply" ? `[ok exit 0]\n${APPLIED}` : "[ok exit 0]";
}

function onNode(command: string): string {
  if (command.includes("pvesm"))
    return "pve-manager/9.1.1\nlocal-lvm     lvmthin     active 1 2 3\nssh-ed25519 AAAA+/= root@pve1";
  return command.includes("sshd -T") ? hardened : `status: running\n${guest}`;
}

function checked(criterion: string): string {
  const shown = (node: string) =>
    `${node}: exit 0, as expected\n${criterion === "vm" ? `status: running\n${guest}` : hardened}`;
  return `[ok exit 0]\nPASSED, recorded.\n${["pve1", "pve2"].map(shown).join("\n")}`;
}

test("every scenario is valid, and calls only tools that the role has (F24)", () => {
  for (const file of globSync("*.yaml", { cwd: import.meta.dirname })) {
    for (const { role, call = [] } of loadScenario(join(import.meta.dirname, file)).rules) {
      const allowed = Object.keys(PERMISSIONS[role]);
      expect(allowed, `${file}: ${role}`).toEqual(expect.arrayContaining(call.map(({ tool }) => tool)));
    }
  }
});

test("the request goes through review, work and verification to one end, each message to one role", () => {
  const { said, calls } = readThrough(scenario, createWorld());
  expect(said.map(({ from, to }) => [from, ...to].join(" > "))).toEqual([
    "User > Architect_Zero",
    "Architect_Zero > Security_Sentinel",
    "Security_Sentinel > Architect_Zero",
    "Architect_Zero > DevOps_Builder",
    "DevOps_Builder > Architect_Zero",
    "Architect_Zero > QA_Tester",
    "QA_Tester > Architect_Zero",
    "Architect_Zero",
  ]);
  expect(said.at(-1)?.text).toMatch(/^\[DONE\]$/m);
  expect(new Set(calls.map(({ role }) => role))).toEqual(new Set(ROLES));
});

test("what runs is what the tools showed: the digest of the plan, the address of the node", () => {
  const { calls } = readThrough(scenario, createWorld());
  const args = calls.map((call) => JSON.stringify(call.args));
  expect(args).toContain(JSON.stringify({ command: "apply", dir: "/app/infra/web", plan: digest }));
  expect(args.join()).toMatch(/pve1 += \\"127\.0\.0\.1:2201\\"\\npve1_key = \\"ssh-ed25519 AAAA\+\/=\\"/);
  expect(args.join()).toContain("# {{ inventory_hostname }}");
});

test("what was applied is reported in Terraform's own words, and an old state by its name (O03)", () => {
  const report = (override?: (call: ToolCall) => string | undefined) =>
    readThrough(scenario, createWorld(override)).said.find(({ from }) => from === "DevOps_Builder")?.text;
  expect(report()).toContain(`Terraform said "${APPLIED}" about plan ${digest}`);
  const unchanged = ({ args }: ToolCall) =>
    args["command"] === "plan" ? "[ok exit 0]\nNo changes." : undefined;
  expect(report(unchanged)).toMatch(/^@Architect_Zero: BLOCKED\. Terraform says "No changes"/);
  expect(report(unchanged)).toContain("nothing was applied");
});

const verification = "verification failed";
const work = "could not finish the plan";
test.each([
  ["the guest is missing", "record_check vm", "[failed exit 2]\ndoes not exist", verification],
  ["the guest is stopped", "record_check vm", `[ok exit 0]\nstatus: stopped\n${guest}`, verification],
  ["the guest is too small", "record_check vm", "[ok exit 0]\nstatus: running\nmemory: 256", verification],
  [
    "password login is open",
    "record_check sshd",
    `[ok exit 0]\n${hardened.replace("no", "yes")}`,
    verification,
  ],
  ["a node is unreachable", "run_ansible", "[failed exit 4]\nRecap: pve1 unreachable=1", work],
  ["ansible reached one node", "run_ansible", `[ok exit 0]\n${recap("pve1")}`, work],
  ["the apply fails", 'run_terraform "apply"', "[failed exit 1]\nError", work],
  [
    "an old state knows the guest",
    'run_terraform "plan"',
    `[ok exit 0]\nNo changes.\nPlan digest: ${digest}`,
    work,
  ],
  [
    "the apply changes nothing",
    'run_terraform "apply"',
    "[ok exit 0]\nApply complete! Resources: 0 added",
    work,
  ],
  ["the module is broken otherwise", 'run_terraform "validate"', "[failed exit 1]\nError", work],
  [
    "the id is taken",
    "run_ssh pvesm",
    "[ok exit 0]\n      9101 old\nlocal-lvm lvmthin active",
    "is there already",
  ],
  ["the plan cannot be read", "read_file ", "[refused]\nno such file", "review stopped the plan"],
  ["the plan is an empty page", "read_file ", "[ok]\n", "review stopped the plan"],
  ["nothing can be written", "save_file requirements.md", "[refused]\nno space", "could not write the plan"],
])("when %s, the team says so, and not that it is done (F39, F43)", (_, needle, output, report) => {
  const [tool, ...words] = needle.split(" ");
  const strikes = (call: ToolCall) =>
    call.tool === tool && JSON.stringify(call.args).includes(words.join(" ")) ? output : undefined;
  const text = readThrough(scenario, createWorld(strikes)).said.at(-1)?.text;
  expect(text).toContain(report);
  expect(text).not.toMatch(/^\[DONE\]$/m);
  expect(text).toMatch(/^\[AWAITING_INPUT\]$/m);
});

test.each(["go", "Go!", " start ", "yes."])("the one word %j begins the story", (word) => {
  const { said } = readThrough(scenario, createWorld(), word);
  expect(said).toHaveLength(8);
  expect(said.at(-1)?.text).toMatch(/^\[DONE\]$/m);
});

test.each([
  ["deploy a Kubernetes cluster", "Type go"],
  ["go and build me a cloud", "Type go"],
  ["@DevOps_Builder hello, how are you today?", "Type go"],
  ["@QA_Tester are you there?", "Type go"],
  ["@Security_Sentinel go", "Type go"],
])(
  "%j is not in the script: nothing is done, and the answer says so and what to do (O08)",
  (request, hint) => {
    const { said, calls } = readThrough(scenario, createWorld(), request);
    expect([said.length, calls]).toEqual([2, []]);
    expect(said[1]?.text).toMatch(/This is a rehearsal: [\s\S]*Nothing\s+was\s+done/);
    expect(said[1]?.text).toContain(hint);
  },
);

test("a second story in the same lab ends with how to get a new one", () => {
  const taken = (call: ToolCall) =>
    call.tool === "run_ssh" ? "[ok exit 0]\n 9101 web-01 running" : undefined;
  expect(readThrough(scenario, createWorld(taken)).said.at(-1)?.text).toContain("./minilab reset");
});
