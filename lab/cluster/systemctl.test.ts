import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
});
afterEach(() => cluster.remove());

const systemctl = (line: string) => cluster.on("pve1", `systemctl ${line}`);

it.each([
  ["is-active ssh", 0, "active\n"],
  ["is-active sshd.service", 0, "active\n"],
  ["is-active nftables", 3, "inactive\n"],
  ["is-active nope", 4, "inactive\n"],
  ["is-enabled nftables", 1, "disabled\n"],
  ["is-enabled nope", 4, "not-found\n"],
  ["is-active --quiet ssh", 0, ""],
  ["show ssh -p ActiveState --value", 0, "active\n"],
])("systemctl %s exits with %i", (line, exitCode, stdout) => {
  expect(systemctl(line)).toEqual({ exitCode, stdout, stderr: "" });
});

it.each([
  ["restart nope", 5, "Failed to restart nope.service: Unit nope.service not found.\n"],
  ["status nope", 4, "Unit nope.service could not be found.\n"],
  [
    "reload chrony",
    1,
    "Failed to reload chrony.service: Job type reload is not applicable for unit chrony.service.\n",
  ],
  ["reload nftables", 1, "nftables.service is not active, cannot reload.\n"],
  ["--frobnicate ssh", 1, "systemctl: unrecognized option '--frobnicate'\n"],
  ["mask ssh", 1, "lab: 'systemctl mask' is not simulated\n"],
])("systemctl %s fails with %i", (line, exitCode, stderr) => {
  expect(systemctl(line)).toEqual({ exitCode, stdout: "", stderr });
});

it("remembers what was stopped, started and enabled, on that node alone", () => {
  systemctl("stop chrony");
  systemctl("enable --now nftables");
  expect(systemctl("is-active chrony").exitCode).toBe(3);
  expect(systemctl("status nftables").stdout).toContain("Active: active (running)");
  expect(cluster.on("pve2", "systemctl is-active chrony").exitCode).toBe(0);
});
