import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../cluster/testing.ts";
import { applyFirewall } from "../pmxcfs/apply-firewall.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
  const file = `[OPTIONS]\nenable: 1\n[IPSET ops]\n10.1.0.0/16\n!10.1.2.0/24\n[RULES]\nGROUP web
IN ACCEPT -source +ops -p tcp -dport 9000:9010\nIN REJECT -p tcp -dport 3128\nOUT DROP -dest 10.9.0.1\n[group web]\nIN HTTP(ACCEPT)\n`;
  cluster.store.change((draft) => applyFirewall(draft, "cluster", file));
});
afterEach(() => cluster.remove());

it.each([
  ["--dport 22 --source 192.168.10.10", "ACCEPT"],
  ["--dport 22 --source 10.0.0.1", "DROP"],
  ["--dport 80 --source 10.0.0.1", "ACCEPT"],
  ["--dport 3128 --source 192.168.10.10", "REJECT"],
  ["--dport 9005 --source 10.1.3.1", "ACCEPT"],
  ["--dport 9005 --source 10.1.2.1", "DROP"],
  ["--from host --to outside --dest 10.9.0.1 --dport 22", "DROP"],
  ["--from host --to outside --dest 10.9.0.2 --dport 22", "ACCEPT"],
])("simulates %s as the kernel decides it: %s", (words, verdict) => {
  const { stdout } = cluster.on("pve1", `pve-firewall simulate ${words}`);
  expect(stdout).toMatch(/^Test packet:\n {2}from {4}: /);
  expect(stdout).toContain(`ACTION: ${verdict}\n`);
});

it("shows what it compiles, and whether the kernel has it", () => {
  const shown = cluster.on("pve1", "pve-firewall compile").stdout;
  expect(shown).toMatch(
    /^ipset cmdlist:\nexists PVEFW-0-management-v4 \(\S{27}\)\n\tcreate PVEFW-0-management-v4 hash:net/,
  );
  expect(shown).toContain("\tadd PVEFW-0-ops-v4 10.1.2.0/24 nomatch\n");
  expect(shown).toContain("exists GROUP-web-IN (");
  expect(shown).toMatch(/no changes\n$/);
  cluster.on("pve1", "pve-firewall stop");
  expect(cluster.on("pve1", "pve-firewall compile").stdout).toMatch(/detected changes\n$/);
});

it.each([
  ["--action BOGUS", "unknown action 'BOGUS'"],
  ["--action ACCEPT --source +nothere", "no such ipset 'nothere'"],
  ["--action ACCEPT --dest nobody", "no such alias 'nobody'"],
  ["--action ACCEPT --macro Nothing", "unknown macro 'Nothing'"],
  ["--action ACCEPT --dport 22", "'dport' requires this property"],
])("refuses a rule with %s", (words, message) => {
  const { exitCode, stderr } = cluster.on("pve1", `pvesh create /cluster/firewall/rules --type in ${words}`);
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain(message);
});
