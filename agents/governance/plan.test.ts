/** Plans of our own; test/bench/effects/ has those of somebody who had not seen the judge. */
import { expect, test } from "vitest";
import { changeOfPlan } from "./plan.ts";

type Resource = { type?: string; provider?: string; actions?: string[]; [more: string]: unknown };
const VM = "proxmox_virtual_environment_vm";
const PROXMOX = "registry.terraform.io/bpg/proxmox";
const BUILTIN = "terraform.io/builtin/terraform";

function resource({ type = VM, provider = PROXMOX, actions = ["update"], before, after, ...more }: Resource) {
  const address = `${more["mode"] === "data" ? "data." : ""}${type}.a`;
  return { address, type, provider_name: provider, change: { actions, before, after }, ...more };
}

function plan(resources: readonly Resource[], more: Record<string, unknown> = {}) {
  return changeOfPlan(
    JSON.stringify({ format_version: "1.2", resource_changes: resources.map(resource), ...more }),
  );
}

const configured = (address: string, provisioners: unknown[]) => ({
  configuration: { root_module: { resources: [{ address, provisioners }] } },
});
const exec = (command: string, more: object = {}) => ({
  type: "local-exec",
  expressions: { command: { constant_value: command }, ...more },
});

test("a guest is told by number, name and node, with what it means that it goes", () => {
  const before = { vm_id: 101, name: "web", node_name: "pve1", started: true, tags: ["production"] };
  const { effect, rows } = plan([{ actions: ["delete"], before }], configured(`${VM}.a`, []));
  expect(effect).toBe("infrastructure");
  expect(rows).toMatchObject([{ action: "delete", id: "101", name: "web", node: "pve1", where: "cluster" }]);
  expect(rows[0]?.risks.map(({ kind }) => kind)).toEqual(["destroy", "stops", "production"]);
});

test.each([
  [["create"], ["create"]],
  [["update"], ["update"]],
  [["delete", "create"], ["replace"]],
  [["create", "delete"], ["replace"]],
  [
    ["create", "forget"],
    ["forget", "create"],
  ],
  [["forget"], ["forget"]],
])("actions %j are rows %j", (actions, kinds) => {
  const { effect, rows } = plan([{ actions, before: {}, after: {} }], configured(`${VM}.a`, []));
  expect(rows.map(({ action }) => action)).toEqual(kinds);
  expect(effect).toBe("infrastructure");
});

test.each([
  ["disks", { disk: [{ size: 8 }] }, { disk: [] }, "storage"],
  ["memory of one that runs", { memory: [{ dedicated: 1 }] }, { memory: [{ dedicated: 2 }] }, "stops"],
  ["started", { started: true }, { started: false }, "stops"],
  ["protection", { protection: true }, { protection: false }, "destroy"],
  ["its node", { node_name: "pve1" }, { node_name: "pve2" }, "node"],
])("what changes of a guest is of high risk: %s", (_, before, after, kind) => {
  const { rows } = plan([{ before: { vm_id: 1, ...before }, after: { vm_id: 1, ...after } }]);
  expect(rows[0]?.risks.map((risk) => risk.kind)).toContain(kind);
});

test("what is unchanged, is read, or is an output only reads", () => {
  const { effect, rows } = plan(
    [
      { actions: ["no-op"], before: {}, after: {} },
      { type: "proxmox_virtual_environment_nodes", mode: "data", actions: ["read"] },
      {
        type: "http",
        provider: "registry.terraform.io/hashicorp/http",
        mode: "data",
        actions: ["read"],
        after: { url: "https://10.0.0.11:8006/api2/json/version" },
      },
      {
        type: "external",
        provider: "registry.terraform.io/hashicorp/external",
        mode: "data",
        actions: ["read"],
        after: { program: ["cat", "/etc/hostname"] },
      },
    ],
    { output_changes: { a: { actions: ["create"] } } },
  );
  expect(effect).toBe("read");
  expect(rows.map(({ action }) => action)).toEqual(["read", "read", "run", "output"]);
});

test.each([
  ["a program", "external", { program: ["bash", "-c", "reboot"] }],
  ["a program that is not known", "external", undefined],
  ["a program that a query is fed to", "external", { program: ["bash"], query: { a: "reboot" } }],
  ["a request that posts", "http", { url: "https://10.0.0.11/", method: "POST" }],
  [
    "a request that takes something along",
    "http",
    { url: "https://example.com/", request_headers: { a: "b" } },
  ],
])("a data source that does more: %s", (_, type, after) => {
  const provider = `registry.terraform.io/hashicorp/${type}`;
  expect(plan([{ type, provider, mode: "data", actions: ["read"], after }]).effect).toBe("infrastructure");
});

test("a data source that ran when the plan was made is told, also within modules", () => {
  const data = {
    address: "module.a.data.external.x",
    mode: "data",
    type: "external",
    values: { program: ["sh", "x.sh"] },
  };
  const state = { values: { root_module: { child_modules: [{ resources: [data] }] } } };
  const { effect, rows } = plan([], { prior_state: state });
  expect(effect).toBe("infrastructure");
  expect(rows).toMatchObject([{ what: "module.a.data.external.x", where: "controller" }]);
});

test.each([
  ["reads", exec("cat /etc/hostname"), "workspace"],
  ["writes", exec("reboot"), "infrastructure"],
  [
    "is not known",
    { type: "local-exec", expressions: { command: { references: ["var.x"] } } },
    "infrastructure",
  ],
  [
    "has another interpreter",
    exec("uptime", { interpreter: { constant_value: ["python3", "-c"] } }),
    "infrastructure",
  ],
  [
    "has an environment",
    exec("uptime", { environment: { constant_value: { LD_PRELOAD: "/tmp/x" } } }),
    "infrastructure",
  ],
  ["copies a file", { type: "file", expressions: {} }, "infrastructure"],
])("a provisioner that %s", (_, provisioner, effect) => {
  const one = { type: "terraform_data", provider: BUILTIN, actions: ["create"], after: {} };
  expect(plan([one], configured("terraform_data.a", [provisioner])).effect).toBe(effect);
});

test("commands of the plan's file are told by when they run, and judged by its JSON", () => {
  const one = { ...resource({ type: "terraform_data", provider: BUILTIN, actions: ["delete"], before: {} }) };
  const json = JSON.stringify({
    format_version: "1.2",
    resource_changes: [one],
    ...configured(one.address, [exec("uptime"), exec("reboot")]),
  });
  const written = (onDestroy: boolean[]) =>
    new Map([[one.address, onDestroy.map((is) => ({ type: "local-exec", onDestroy: is, text: "x" }))]]);
  expect(changeOfPlan(json, written([true, false])).effect).toBe("workspace");
  expect(changeOfPlan(json, written([false, true])).effect).toBe("infrastructure");
  expect(changeOfPlan(json, written([true])).effect).toBe("infrastructure"); // which is which is not known
  expect(changeOfPlan(json, new Map()).effect).toBe("workspace");
});

test.each([
  ["no JSON", "{"],
  ["another JSON", "{}"],
  ["a list", "[]"],
  ["a later form", '{"format_version":"2.0"}'],
  ["one that failed", '{"format_version":"1.2","errored":true}'],
  ["actions of a provider", '{"format_version":"1.2","action_invocations":[{}]}'],
  ["actions that are not known", JSON.stringify({ resource_changes: [resource({ actions: ["melt"] })] })],
  [
    "a state with a part that is odd",
    '{"format_version":"1.2","prior_state":{"values":{"root_module":{"resources":[{"address":1}]}}}}',
  ],
  ["too much", `{"format_version":"1.2","x":"${"y".repeat(2_600_000)}"}`],
  [
    "modules within modules",
    `{"format_version":"1.2","configuration":{"root_module":${'{"module_calls":{"a":{"module":'.repeat(1_000)}{}${"}}}".repeat(1_000)}}}`,
  ],
])("a plan that cannot be read whole is unclear: %s", (_, json) => {
  const { effect, rows } = changeOfPlan(json);
  expect(effect).toBe("infrastructure");
  expect(rows.flatMap(({ risks }) => risks.map(({ kind }) => kind))).toContain("unclear");
});
