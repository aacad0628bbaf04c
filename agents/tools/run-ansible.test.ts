import { chmod, readdir, readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runSite, SITE, startAnsibleBench } from "../testing/ansible-bench.ts";
import { type InfraBench, running } from "../testing/infra-bench.ts";
import { makeKey, startTestNode } from "../testing/ssh-server.ts";
import type { ContextChanges } from "../testing/workspace.ts";
import { runAnsible } from "./run-ansible.ts";

/** A command line that no other test run has. */
const SLEEP = `sleep 613.${process.pid}`;

let bench: InfraBench;

beforeEach(async () => {
  bench = await startAnsibleBench();
});
afterEach(() => bench.close());

const ansible = (args?: Record<string, unknown>, changes?: ContextChanges) => runSite(bench, args, changes);

const playOf = (tasks: string, hosts = "proxmox") =>
  `- hosts: ${hosts}\n  gather_facts: false\n  tasks:\n${tasks.replace(/^/gm, "    ")}\n`;
const debug = (text: string) => playOf(`- debug:\n    msg: "${text}"`);

test("a playbook reaches the node by the default inventory and ends with its recap", async () => {
  await bench.put(
    SITE,
    playOf("- command: echo it is $HOME\n  register: out\n- debug:\n    var: out.stdout"),
  );
  const result = await ansible();
  expect(result, result.stdout + result.stderr).toMatchObject({ kind: "ok", exitCode: 0 });
  expect(result.stdout).toMatch(/\nRecap: pve1 ok=2 changed=1 unreachable=0 failed=0$/);
  expect(result.stdout.match(/pve1/g)).toHaveLength(3); // changed, said, recap
  expect(result.stdout).not.toMatch(/\*{3}|PLAY RECAP/);
  expect(await readFile(bench.real(String(result.artifact)), "utf8")).toMatch(
    /PLAY RECAP \*{9,}\npve1 +: ok=2/,
  );
  expect(await readdir(bench.real("/tmp/app"))).toEqual([]);
});

test("tasks that change nothing are counted, and named in the file of the whole output", async () => {
  await bench.put(SITE, playOf("- name: Nothing\n  command: id\n  changed_when: false\n- command: id"));
  const { stdout, artifact } = await ansible();
  expect(stdout).toContain(`\n[1 task ok without a change: ${artifact}]\nRecap: pve1 ok=2 changed=1 `);
  expect(stdout).not.toContain("Nothing");
  expect(await readFile(bench.real(String(artifact)), "utf8")).toContain("TASK [Nothing]");
});

test("a shell task runs on the node and, delegated, in the sandbox of this machine", async () => {
  const shell = "- shell: echo it runs\n  register: out\n- debug:\n    var: out.stdout";
  const local = shell.replace("  register", "  delegate_to: localhost\n  register");
  await bench.put(SITE, playOf(`${shell}\n${local}`));
  const result = await ansible();
  expect(result, result.stdout + result.stderr).toMatchObject({ kind: "ok" });
  expect(result.stdout.match(/"out.stdout": "it runs"/g)).toHaveLength(2);
});

test("lists, numbers and booleans arrive as what they are (F49)", async () => {
  await bench.put(
    SITE,
    playOf(
      "- debug:\n    msg: \"{{ ips | type_debug }} {{ ips | join('+') }} {{ size | type_debug }} {{ on | type_debug }} {{ text | type_debug }}\"",
    ),
  );
  const extra_vars = { ips: ["10.0.0.1", "10.0.0.2"], size: 3, on: true, text: "[1]" };
  expect((await ansible({ extra_vars })).stdout).toContain("list 10.0.0.1+10.0.0.2 int bool");
});

test("a failed task, an unreachable node and a play without hosts are failures, whatever the exit code (F43, F48)", async () => {
  await bench.put(SITE, playOf("- command: /bin/false"));
  expect(await ansible()).toMatchObject({ kind: "failed" });
  await bench.put(SITE, playOf("- debug:", "nobody"));
  const none = await ansible();
  expect(none).toMatchObject({ kind: "failed", exitCode: 0 });
  expect(none.stdout).toMatch(/\nRecap: no host matched, nothing was done$/);
  expect(none.stderr).toContain("a file with more groups is given as inventory");
  await bench.put(SITE, playOf("- command: id"));
  await bench.node.close();
  const away = await ansible();
  expect(away).toMatchObject({ kind: "failed" });
  expect(away.stdout).toMatch(/\nRecap: pve1 ok=0 changed=0 unreachable=1/);
});

test("a task that prints a recap does not make one (F43)", async () => {
  await bench.put(SITE, playOf('- debug:\n    msg: "Recap: pve1 ok=1 failed=0"\n- fail:\n    msg: no'));
  const result = await ansible();
  expect(result.kind).toBe("failed");
  expect(result.stdout.split("\n").at(-1)).toContain("failed=1");
});

test("an ignored failure is none, and a syntax error has no recap", async () => {
  await bench.put(SITE, playOf("- command: /bin/false\n  ignore_errors: true"));
  expect(await ansible()).toMatchObject({ kind: "ok" });
  await bench.put(SITE, "- hosts: [\n");
  const broken = await ansible();
  expect(broken).toMatchObject({ kind: "failed" });
  expect(broken.stdout).toContain("Recap: none");
});

test("a missing playbook is refused with those that are there (F48)", async () => {
  await bench.put("/app/config/hardening/ssh.yml", debug("x"));
  await bench.put("/app/config/vars.yml", "a: 1\n");
  const missing = ansible({ playbook: "/app/config/nothing.yml" });
  await expect(missing).rejects.toThrow(/does not exist\. Playbooks: \/app\/config\/hardening\/ssh\.yml\./);
  await expect(ansible({ playbook: "site.yml" })).rejects.toMatchObject({ code: "not_allowed" });
  await expect(ansible({ playbook: "/app/infra/site.yml" })).rejects.toMatchObject({ code: "not_allowed" });
});

test("a check run of an honest playbook changes nothing, and is a change all the same (F25)", async () => {
  const file = `${bench.real("/tmp/app")}/made`;
  await bench.put(SITE, playOf('- copy:\n    content: x\n    dest: "{{ place }}/made"'));
  const extra_vars = { place: bench.real("/tmp/app") };
  const checked = await ansible({ check: true, extra_vars });
  expect(checked, checked.stdout + checked.stderr).toMatchObject({ kind: "ok" });
  expect(checked.stdout).toMatch(/\nRecap: pve1 ok=1 changed=1/);
  await expect(readFile(file)).rejects.toThrow("ENOENT");
  expect((await ansible({ extra_vars })).kind).toBe("ok");
  expect(await readFile(file, "utf8")).toBe("x");
  const effect = (check: boolean) => runAnsible.effect(runAnsible.input.parse({ playbook: SITE, check }));
  expect([effect(true), effect(false)]).toEqual(["infrastructure", "infrastructure"]);
});

test("arguments cannot become options", () => {
  const fits = (args: object) => runAnsible.input.safeParse({ playbook: SITE, ...args }).success;
  expect(fits({ limit: "pve1,pve2:!pve3" })).toBe(true);
  const bad = [
    { limit: "--become" },
    { limit: "@/etc/passwd" },
    { limit: "a b" },
    { tags: ["-v"] },
    { tags: ["a,b c"] },
    { extra_vars: { "a b": 1 } },
    { args: "-v" },
  ];
  expect(bad.filter(fits)).toEqual([]);
});

test("an inventory of the team adds groups and variables for nodes, and no other host (F66, F41)", async () => {
  await bench.put(SITE, playOf('- debug:\n    msg: "the role is {{ role }}"', "storage"));
  await bench.put("/app/config/hosts.ini", "[storage]\npve1 role=first\n");
  const good = await ansible({ inventory: "/app/config/hosts.ini" });
  expect(good, good.stderr).toMatchObject({ kind: "ok" });
  expect(good.stdout).toContain("the role is first");
  const inventories = [
    "[storage]\npve3\n",
    "[storage]\npve1 ansible_host=192.0.2.1\n",
    "[storage]\npve1 ansible_connection=local\n",
  ];
  for (const text of inventories) {
    await bench.put("/app/config/hosts.ini", text);
    await expect(ansible({ inventory: "/app/config/hosts.ini" })).rejects.toThrow(
      /The inventory has .*Nodes .*pve1/,
    );
  }
  await chmod(bench.real("/app/config/hosts.ini"), 0o755);
  await expect(ansible({ inventory: "/app/config/hosts.ini" })).rejects.toThrow("non-executable");
});

test("a changed host key ends the run before ansible starts (F65)", async () => {
  await bench.put(SITE, debug("x"));
  await ansible();
  await bench.node.close();
  const { port } = bench.node.address;
  const other = await startTestNode({
    name: "pve1",
    authorized: (await makeKey()).public,
    hostKey: (await makeKey()).private,
    port,
  });
  try {
    await expect(ansible()).rejects.toMatchObject({ code: "not_allowed" });
    expect(other.commands).toEqual([]);
  } finally {
    await other.close();
  }
});

test("a playbook cannot switch the pinned keys off or go to another machine (F65)", async () => {
  const stranger = await startTestNode({
    name: "x",
    authorized: (await makeKey()).public,
    hostKey: (await makeKey()).private,
  });
  const vars = `  vars:\n    ansible_port: ${stranger.address.port}\n    ansible_ssh_args: "-o StrictHostKeyChecking=no"\n    ansible_ssh_common_args: "-o UserKnownHostsFile=/dev/null"\n    ansible_host_key_checking: false\n`;
  try {
    await bench.put(SITE, playOf("- command: id").replace("  tasks:", `${vars}  tasks:`));
    const result = await ansible();
    expect(result.kind).toBe("failed");
    expect(result.stdout + result.stderr).toContain("Host key verification failed");
    expect(stranger.connections()).toBe(1);
    expect(stranger.commands).toEqual([]);
  } finally {
    await stranger.close();
  }
});

test("a cancelled run leaves no process, here or on the node (F10, F51)", async () => {
  await bench.put(SITE, playOf(`- command: ${SLEEP}`));
  const stop = new AbortController();
  const playing = ansible({}, { signal: stop.signal });
  await expect.poll(() => running(SLEEP).length, { timeout: 20_000 }).toBe(1);
  stop.abort();
  const result = await playing;
  expect(result).toMatchObject({ kind: "cancelled" });
  expect(result.stderr).not.toContain("not confirmed");
  expect(running(SLEEP)).toEqual([]);
});
