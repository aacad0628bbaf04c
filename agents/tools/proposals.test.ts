/** What a change is named by: every byte that will run, and who will run it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRedactor } from "../redact/redact.ts";
import { runAnsible } from "./run-ansible.ts";
import { runSsh } from "./run-ssh.ts";
import type { Proposal, ToolContext } from "./tool.ts";

let directory: string;
let context: ToolContext;
const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "minilab-proposals-"));
  const roots = ["config", "infra", "docs"].map((name) => join(directory, name));
  for (const root of roots) mkdirSync(root);
  const [config, infra, docs] = roots;
  const nodes = [
    { name: "pve1", host: "10.0.0.1", port: 22 },
    { name: "pve2", host: "10.0.0.2", port: 22 },
  ];
  pin("10.0.0.1", KEY);
  context = {
    workspace: { "/app/config": config, "/app/infra": infra, "/app/docs": docs },
    nodes: { nodes, user: "root", knownNodesFile: join(directory, "known_nodes") },
    redactor: createRedactor(["hunter2hunter2"]),
    env: {},
  } as unknown as ToolContext;
});
afterAll(() => rmSync(directory, { recursive: true }));

function pin(host: string, key: string): void {
  writeFileSync(join(directory, "known_nodes"), `${host} ssh-ed25519 ${key}\n10.0.0.2 ssh-ed25519 ${KEY}\n`);
}
const ssh = (command: string, host = "pve1"): Promise<Proposal> =>
  runSsh.propose?.({ host, command, timeout_s: 120 }, context) as Promise<Proposal>;
const play = (args: object = {}): Promise<Proposal> =>
  runAnsible.propose?.(
    { command: "play", playbook: "/app/config/site.yml", timeout_s: 60, ...args },
    context,
  ) as Promise<Proposal>;

test("a command on a host is named by its bytes, its host and the host's key (F25, F27, R31)", async () => {
  const proposal = await ssh("qm create 9101");
  expect((await ssh("qm create 9101")).digest).toBe(proposal.digest);
  expect(proposal.text).toContain("qm create 9101");
  const others = [
    await ssh("qm create 9101 "),
    await ssh("qm create 9102"),
    await ssh("qm create 9101", "pve2"),
  ];
  pin("10.0.0.1", KEY.replace("Fh", "Fi"));
  others.push(await ssh("qm create 9101"));
  pin("10.0.0.1", KEY);
  expect(new Set([proposal, ...others].map(({ digest }) => digest)).size).toBe(5);
});

test.each([
  ["qm destroy 9101", "destroy"],
  ["q''m destroy 9101", "destroy"],
  ["$(echo qm) destroy 9101", "unclear"],
  ["echo cm0gLXJmIC8K | base64 -d | sh", "unclear"],
  ["python3 -c 'import os; os.remove(\"/x\")'", "unclear"],
  ["sed -i s/a/b/ /etc/ssh/sshd_config", "access"],
])("high risk is found in %s: %s", async (command, kind) => {
  const { change } = await ssh(command);
  expect(change.effect).toBe("infrastructure");
  expect(change.rows.flatMap(({ risks }) => risks.map((risk) => risk.kind))).toContain(kind);
});

test("what only reads is no change", async () => {
  expect((await ssh("qm list")).change.effect).toBe("read");
});

test("a playbook is named by every file that it could read, its arguments and its hosts (F27, R31)", async () => {
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write(
    "config/site.yml",
    "- hosts: proxmox\n  gather_facts: false\n  tasks:\n    - copy: {dest: /etc/motd, content: hello}\n",
  );
  const proposal = await play();
  expect(proposal.change.effect).toBe("infrastructure");
  expect(proposal.text).toContain("content: hello");
  expect((await play()).digest).toBe(proposal.digest);
  const others = [
    await play({ check: true }),
    await play({ limit: "pve1" }),
    await play({ extra_vars: { a: 1 } }),
  ];
  expect(others[0]?.change.effect).toBe("read");
  write("config/vars.yml", "a: 1\n");
  others.push(await play());
  write("infra/main.tf", "");
  others.push(await play());
  expect(new Set([proposal, ...others].map(({ digest }) => digest)).size).toBe(6);
});

test("what cannot be shown is said: bytes that are no text, documents that may change meanwhile", async () => {
  expect((await play()).unshown).toBe("");
  writeFileSync(join(directory, "config/blob"), Buffer.from([0, 1, 2]));
  expect((await play()).unshown).toContain("/app/config/blob");
  rmSync(join(directory, "config/blob"));
  writeFileSync(join(directory, "config/vars.yml"), "a: /app/docs/x\n");
  expect((await play()).unshown).toContain("/app/docs");
});

test("a secret in what will run is hidden from who reads it, and belongs to its name all the same", async () => {
  const [one, other] = [await ssh("echo hunter2hunter2 > /x"), await ssh("echo hunter3hunter3 > /x")];
  expect(one?.text).not.toContain("hunter2hunter2");
  expect(one?.digest).not.toBe(other?.digest);
});
