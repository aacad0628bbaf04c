import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Check } from "../agents/runtime/preflight.ts";
import { bareEnvironment, type Checkout, makeCheckout } from "./testing/checkout.ts";

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

function examine(args: string[], settings: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["launcher/main.ts", "doctor", ...args], {
    cwd: checkout.directory,
    env: { ...bareEnvironment, ...settings },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const failing = (stdout: string) =>
  (JSON.parse(stdout) as { checks: Check[] }).checks.filter(({ ok }) => !ok).map(({ name }) => name);

test("on a machine with the programs a rehearsal lacks nothing, in a fresh checkout", () => {
  const { status, stdout } = examine(["--json"]);
  expect(failing(stdout)).toEqual([]);
  expect(status).toBe(0);
});

test("what is missing for real nodes is named with its remedy, for the role that needs it", () => {
  const settings = { PROXMOX_NODES: "pve1=127.0.0.1:1", OPENAI_API_BASE: "http://127.0.0.1:1/v1" };
  const { status, stdout } = examine(["--role", "QA_Tester"], settings);
  expect(status).toBe(1);
  expect(stdout).toMatch(/FAIL {2}model[^\n]*\n\s+-> set OPENAI_API_KEY/);
  expect(stdout).toMatch(/FAIL {2}ssh key[^\n]*\n\s+-> put the private key/);
  expect(stdout).toMatch(/FAIL {2}node pve1 /);
  expect(stdout).toMatch(/note {2}there is no API token for the cluster [^\n]*: .\/minilab mint makes one/);
  expect(failing(examine(["--role", "Architect_Zero", "--json"], settings).stdout)).toEqual(["model"]);
});

test("what protects the machine from commands is said, and that nothing does", () => {
  expect(examine(["--role", "DevOps_Builder"]).stdout).toMatch(/ok {4}sandbox +bubblewrap: /);
  const unprotected = { SANDBOX: "none" };
  expect(examine(["--role", "DevOps_Builder"], unprotected).stdout).toMatch(/ok {4}sandbox +NONE: /);
  expect(examine(["--role", "Security_Sentinel"], unprotected).stdout).toMatch(/FAIL {2}sandbox +Read-only/);
});

test("an unknown role is one clear line", () => {
  const { status, stderr } = examine(["--role", "Nobody"]);
  expect(status).toBe(1);
  expect(stderr.trim()).toBe(
    "minilab: --role is one of Architect_Zero, DevOps_Builder, Security_Sentinel, QA_Tester",
  );
});
