import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startState } from "../../../lab/cluster/start-states.ts";
import { leftOver } from "./left-over.ts";
import { judgeProvider, MODULES } from "./provider.ts";
import { changesOf, type Terraform } from "./terraform.ts";
import { playModule } from "./terraform-module.ts";

const { signal } = new AbortController();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "provider-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it.each([undefined, "", "/nowhere"])("does not start without a mirror: %s", async (mirror) => {
  await expect(judgeProvider({ modules: MODULES, only: "", mirror }, signal)).rejects.toMatchObject({
    code: "missing_requirement",
  });
});

it("takes a folder without modules for a failure", async () => {
  mkdirSync(join(directory, "registry.terraform.io/bpg/proxmox"), { recursive: true });
  const asked = { modules: directory, only: "", mirror: directory };
  expect(await judgeProvider(asked, signal)).toEqual({
    ok: false,
    figures: { provider: {}, modules: 0, held: 0 },
  });
});

it("reads from a plan what it would do, and that nothing is no change", () => {
  const resource = (address: string, actions: string[], after = {}) => ({
    address,
    change: { actions, before: { name: "a", cores: 1 }, after: { name: "a", cores: 1, ...after } },
  });
  const plan = {
    resource_changes: [
      resource("vm.same", ["no-op"]),
      resource("data.read", ["read"]),
      resource("vm.larger", ["update"], { cores: 2 }),
      resource("vm.new", ["delete", "create"]),
    ],
    output_changes: { ip: { actions: ["update"], before: "a", after: "b" } },
  };
  expect(changesOf(JSON.stringify(plan))).toEqual([
    { address: "vm.larger", actions: "update", fields: '{"cores":{"from":1,"to":2}}' },
    { address: "vm.new", actions: "delete create", fields: "{}" },
    { address: "output.ip", actions: "update", fields: "{}" },
  ]);
  expect(changesOf("{}")).toEqual([]);
});

/** A Terraform whose plans are told beforehand, and which notes what it is asked for. */
function scripted(plans: string[][], hasChange = true) {
  const asked: string[] = [];
  const terraform: Terraform = {
    hasChange,
    run: async (...words) => void asked.push(words[0]),
    plan: async () => (plans.shift() ?? []).map((actions) => ({ address: "vm.a", actions, fields: "{}" })),
    takeChange: () => void asked.push("change"),
  };
  return { terraform, asked };
}

it("holds a module for good that stays as it was applied and is changed in place", async () => {
  const { terraform, asked } = scripted([[], ["update"], []]);
  const all = { apply: true, second_plan_empty: true, change: true, destroy: true };
  expect(await playModule(terraform, () => {})).toEqual(all);
  expect(asked).toEqual(["init", "apply", "change", "apply", "destroy"]);
  expect(await playModule(scripted([[]], false).terraform, () => {})).toEqual({ ...all, change: null });
});

it.each([
  ["a second plan", [["update"], ["update"], []], { second_plan_empty: false, change: true }],
  ["a replacement", [[], ["delete create"]], { second_plan_empty: true, change: false }],
  ["a change that is none", [[], []], { second_plan_empty: true, change: false }],
  ["a plan after the change", [[], ["update"], ["update"]], { second_plan_empty: true, change: false }],
])("finds %s, and destroys all the same", async (_name, plans, wrong) => {
  const { terraform, asked } = scripted(plans);
  const told: string[] = [];
  expect(await playModule(terraform, (step) => told.push(step))).toMatchObject({ ...wrong, destroy: true });
  expect(told).toHaveLength(1);
  expect(asked.at(-1)).toBe("destroy");
});

it("finds what is left in a cluster, and what is missing", () => {
  const before = startState("day3", 0);
  const after = structuredClone(before);
  expect(leftOver(before, { ...after, revision: 7, acl: [], firewalls: {} })).toEqual([]);
  after.volumes.pop();
  after.sections["pools"] = { prod: { comment: "x" } };
  after.sections["dns"] = { pve1: { search: "example.org" } };
  expect(leftOver(before, after)).toEqual([
    '+ sections.pools.prod.comment "x"',
    expect.stringMatching(/^- volumes .*vm-9000-disk-1/),
  ]);
});
