import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runSite, SITE, startAnsibleBench } from "../testing/ansible-bench.ts";
import type { InfraBench } from "../testing/infra-bench.ts";
import { makeKey, startTestNode, type TestNode } from "../testing/ssh-server.ts";

let bench: InfraBench;
let guest: TestNode;
let directory: string;
let guestKey: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ansible-guests-"));
  bench = await startAnsibleBench();
  const key = await makeKey();
  guestKey = key.private;
  guest = await startTestNode({ name: "web1", authorized: key.public, hostKey: (await makeKey()).private });
});
afterEach(async () => {
  await guest.close();
  await bench.close();
  await rm(directory, { recursive: true });
});

/** On loopback, where no guest may be: what judges addresses stands aside. */
function nodes(privateKey = guestKey) {
  const named = [{ ...guest.address, user: "debian", since: 1 }];
  return bench.poolOf([bench.node.address], "root", {
    ...{ read: async () => named, guard: async () => undefined, privateKey: () => privateKey },
    knownGuestsFile: join(directory, "known_guests"),
  });
}

const playOf = (hosts: string) =>
  `- hosts: ${hosts}\n  gather_facts: false\n  tasks:\n    - command: echo it is {{ inventory_hostname }}\n`;

test("a playbook reaches guests by the agent's own way, beside the nodes, each with its own key (R40)", async () => {
  await bench.put(SITE, playOf("proxmox:guests"));
  const pool = nodes();
  const result = await runSite(bench, {}, { nodes: pool });
  await pool.close();
  expect(result, result.stdout + result.stderr).toMatchObject({ kind: "ok" });
  expect(result.stdout).toMatch(/Recap: pve1 ok=1.*\nRecap: web1 ok=1/s);
  expect(guest.connections()).toBeGreaterThan(0);
});

test("an inventory of the team may name a guest, and a host that is none is refused (R40)", async () => {
  await bench.put(SITE, playOf("web"));
  await bench.put("/app/config/hosts.yml", "web:\n  hosts:\n    web1:\n");
  const pool = nodes();
  const result = await runSite(bench, { inventory: "/app/config/hosts.yml" }, { nodes: pool });
  expect(result, result.stdout + result.stderr).toMatchObject({ kind: "ok" });
  for (const text of ["web1:\n      ansible_host: 127.0.0.9", "k8s-cp1:"]) {
    await bench.put("/app/config/hosts.yml", `web:\n  hosts:\n    ${text}\n`);
    const refused = runSite(bench, { inventory: "/app/config/hosts.yml" }, { nodes: pool });
    await expect(refused, text).rejects.toThrow(/The inventory has/);
  }
  await pool.close();
});

test("a guest that the guests' key does not open is reported, and the nodes are reached all the same (R40)", async () => {
  await bench.put(SITE, playOf("all"));
  const pool = nodes((await makeKey()).private);
  const result = await runSite(bench, {}, { nodes: pool });
  await pool.close();
  expect(result.kind).not.toBe("ok");
  expect(result.stdout).toMatch(/Recap: pve1 ok=1.*\nRecap: web1 ok=0 changed=0 unreachable=1/s);
});
