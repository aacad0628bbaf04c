import { expect, test } from "vitest";
import type { Check, Criterion, Ruling } from "../protocol/criterion.ts";
import type { Deed } from "../protocol/deed.ts";
import type { Mission } from "../protocol/mission.ts";
import { missingForDone } from "./done.ts";
import { isAbout, subjectsOf } from "./subjects.ts";
import { judgeCriteria } from "./verdicts.ts";

const text = (words: string) => words as never;
const VM: Criterion = {
  ...{ id: "vm", text: text("guest 9101 runs"), hosts: [text("pve1")], revision: 1, exit: 0 },
  ...{ command: text("qm status 9101"), expected: text("status: running") },
};
const MADE: Deed = {
  ...{ mission: "m", kind: "change", tool: text("run_ssh"), hosts: [text("pve1")], outcome: "ok", at: 100 },
  subjects: subjectsOf("qm create 9101 --name web-01") as never[],
};
const PASSED: Check = {
  ...{ criterion: "vm", revision: 1, began: 200, at: 210, passed: true },
  seen: [{ host: text("pve1"), passed: true, exitCode: 0, observed: text("status: running") }],
};
const ruling = (kind: Ruling["kind"], at = 300, revision = 1): Ruling => ({
  ...{ criterion: "vm", kind, at, revision, text: text("") },
});
const mission = (parts: Partial<Mission>): Mission => ({
  ...{ id: "m", session: "s", hash: "", isOpen: true, texts: [], criteria: [VM], checks: [PASSED] },
  ...{ rulings: [], deeds: [MADE], working: [], refused: { count: 0, texts: 0 } },
  ...parts,
});
const verdictOf = (parts: Partial<Mission>) => judgeCriteria(mission(parts))[0]?.verdict;
const failed = { ...PASSED, passed: false, seen: [] };
const control = (passed: boolean) => ({ ...PASSED.seen[0], passed }) as never;

test("what was changed, and proved after that by a check that names it, is done", () => {
  expect(missingForDone(mission({}))).toEqual([]);
});

test("what only informs is done when it says so", () => {
  expect(missingForDone(mission({ criteria: [], checks: [], deeds: [] }))).toEqual([]);
});

test.each<[string, Partial<Mission>]>([
  ["no criterion", { criteria: [], checks: [], deeds: [MADE, { ...MADE, kind: "read", at: 150 }] }],
  ["QA was skipped (R30)", { checks: [] }],
  ["a check that failed (R30)", { checks: [failed] }],
  ["a check before a later change", { deeds: [MADE, { ...MADE, at: 205 }] }],
  ["a check that was begun before the change had ended", { deeds: [{ ...MADE, at: 200 }] }],
  ["a change whose end is not known", { deeds: [MADE, { ...MADE, at: 250, outcome: "begun" }] }],
  ["another revision of the criterion", { criteria: [{ ...VM, revision: 2 }] }],
  ["a role that is still at work", { working: ["DevOps_Builder"] }],
  [
    "a change elsewhere that nobody has read back",
    { deeds: [MADE, { ...MADE, hosts: [text("pve2")], at: 50 }] },
  ],
  [
    "another guest that nobody has read back",
    { deeds: [MADE, { ...MADE, subjects: [text("9102")], at: 50 }] },
  ],
  ["what cannot be checked and nobody accepted", { criteria: [{ ...VM, command: undefined }] }],
  ["a criterion that the operator has reopened", { rulings: [ruling("reopen")] }],
  ["a criterion that the operator has corrected", { rulings: [ruling("correct")] }],
  [
    "an acceptance of an earlier wording",
    { rulings: [ruling("accept")], criteria: [{ ...VM, revision: 2 }] },
  ],
])("not done with %s", (_, parts) => {
  expect(missingForDone(mission(parts)).length).toBeGreaterThan(0);
});

test("a check that passed before anything was done proves nothing but with a control that fails (F54)", () => {
  const before = { deeds: [{ ...MADE, hosts: [text("pve2")] }] };
  expect(verdictOf(before)).toBe("open");
  expect(verdictOf({ ...before, checks: [{ ...PASSED, control: control(false) }] })).toBe("proved");
  expect(verdictOf({ checks: [{ ...PASSED, control: control(true) }] })).toBe("open");
  expect(verdictOf({ ...before, rulings: [ruling("accept")] })).toBe("accepted");
});

test("what the operator reopened is proved by a later check, and what was refused changed nothing", () => {
  expect(verdictOf({ rulings: [ruling("reopen", 150)] })).toBe("proved");
  expect(verdictOf({ deeds: [MADE, { ...MADE, at: 250, outcome: "refused" }] })).toBe("proved");
});

test.each([
  ["qm create 9101 --name web-01 && qm start 9101", "qm config 9101", true],
  ["qm create 9101 --memory 512", "uptime", false],
  ["qm set 9101 --memory 1024", "qm list", false],
  ["qm set 9101 --memory 1024", "qm config 910", false],
  ["install -m 644 x /etc/ssh/sshd_config.d/00-hardening.conf", "sshd -T | grep x11forwarding", true],
  ["install -m 644 x /etc/ssh/sshd_config.d/00-hardening.conf", "cat /etc/hostname; uptime; true", false],
  ["systemctl restart nginx", "systemctl is-active nginx", true],
  ['resource "proxmox_vm" "web" { vm_id = 9101 }', "qm status 9101", true],
])("%s is read back by %s: %s", (change, look, isSo) => {
  expect(isAbout(subjectsOf(look), subjectsOf(change))).toBe(isSo);
});
