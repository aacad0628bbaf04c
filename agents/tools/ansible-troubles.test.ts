/** Troubles that real playbooks had with run_ansible, each with the real ansible and a real node. */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runSite, SITE, startAnsibleBench } from "../testing/ansible-bench.ts";
import { type InfraBench, running } from "../testing/infra-bench.ts";
import { BROUGHT } from "../testing/programs.ts";
import type { ContextChanges } from "../testing/workspace.ts";
import { toolsOf } from "./permissions.ts";
import { runAnsible } from "./run-ansible.ts";

/** A command line that no other test run has. */
const SLEEP = `sleep 615.${process.pid}`;

let bench: InfraBench;

beforeEach(async () => {
  bench = await startAnsibleBench();
});
afterEach(() => bench.close());

const ansible = (args?: Record<string, unknown>, changes?: ContextChanges) => runSite(bench, args, changes);

const playOf = (tasks: string, head = "") =>
  `- hosts: proxmox\n  gather_facts: false\n${head}  tasks:\n${tasks.replace(/^/gm, "    ")}\n`;

test.each([
  ["none", ""],
  ["a mapping", "  environment:\n    A: b\n"],
  ["a list", "  environment:\n    - A: b\n"],
  ["a variable", '  vars:\n    e:\n      A: b\n  environment: "{{ e }}"\n'],
])("a stopped play is ended on the node, with environment: %s (B01)", async (_, head) => {
  await bench.put(SITE, playOf(`- command: ${SLEEP}`, head));
  const stop = new AbortController();
  const playing = ansible({}, { signal: stop.signal });
  await expect.poll(() => running(SLEEP).length, { timeout: 30_000 }).toBe(1);
  stop.abort();
  expect(await playing).toMatchObject({ kind: "cancelled" });
  expect(running(SLEEP)).toEqual([]);
});

test("copy and template are delegated to this machine (B03)", async () => {
  await bench.put("/app/config/templates/t.j2", "it is {{ inventory_hostname }}\n");
  const tasks = ["copy:\n    content: x", "template:\n    src: t.j2"].map(
    (action, index) => `- ${action}\n    dest: /tmp/app/made${index}\n  delegate_to: localhost`,
  );
  await bench.put(SITE, playOf(tasks.join("\n")));
  const result = await ansible();
  expect(result, result.stdout + result.stderr).toMatchObject({ kind: "ok" });
  expect(await readFile(join(bench.real("/tmp/app"), "made1"), "utf8")).toBe("it is pve1\n");
});

test("a long output is whole in its file, the failing task too (B04)", async () => {
  const many = `- debug:\n    msg: "{{ item }} ${"x".repeat(200)}"\n  loop: "{{ range(90) | list }}"\n- fail:\n    msg: the reason`;
  await bench.put(SITE, playOf(`${many}\n- debug:\n    msg: after`));
  const result = await ansible();
  expect(result).toMatchObject({ kind: "failed", truncated: true });
  const file = String(result.artifact).replace("/app/docs", bench.real("/app/docs"));
  expect(await readFile(file, "utf8")).toContain("the reason");
});

/** Stands before the node; what is on its way can be held for ever, or all connections cut. */
async function proxyOf(port: number) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(port, "127.0.0.1");
    for (const side of [socket, upstream]) {
      open.add(side);
      side.on("error", () => {});
    }
    socket.pipe(upstream).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    freeze: () => {
      for (const side of open) side.pause().unpipe();
    },
    cut: () => {
      for (const side of open) side.destroy();
    },
    close: () => {
      for (const side of open) side.destroy();
      server.close();
    },
  };
}

test("a node that freezes in the midst of a play is noticed (B05)", async () => {
  const proxy = await proxyOf(bench.node.address.port);
  const nodes = bench.poolOf([{ ...bench.node.address, port: proxy.port }]);
  try {
    await bench.put(SITE, playOf(`- command: ${SLEEP}`));
    const playing = ansible({ timeout_s: 120 }, { nodes });
    await expect.poll(() => running(SLEEP).length, { timeout: 30_000 }).toBe(1);
    proxy.freeze();
    const result = await playing;
    expect(result).toMatchObject({ kind: "unknown", exitCode: 4 }); // not a timeout, which would have no exit code
    expect(result.stderr).toContain("UNKNOWN: inspect before you repeat");
  } finally {
    await nodes.close();
    proxy.close();
    for (const pid of running(SLEEP)) process.kill(Number(pid));
  }
});

test("a connection that is cut in the midst of a task is an unknown outcome, and the task is ended (B06)", async () => {
  const proxy = await proxyOf(bench.node.address.port);
  const nodes = bench.poolOf([{ ...bench.node.address, port: proxy.port }]);
  try {
    await bench.put(SITE, playOf(`- command: ${SLEEP}`));
    const playing = ansible({}, { nodes });
    await expect.poll(() => running(SLEEP).length, { timeout: 30_000 }).toBe(1);
    proxy.cut();
    const result = await playing;
    expect(result, result.stdout).toMatchObject({ kind: "unknown" });
    expect(result.stderr).toContain("was looked for and ended");
    expect(running(SLEEP)).toEqual([]);
  } finally {
    await nodes.close();
    proxy.close();
  }
});

test("a run that reached nobody has failed, though unreachable hosts are ignored (B09)", async () => {
  await bench.put(SITE, playOf("- debug:\n    msg: here\n- command: id", "  ignore_unreachable: true\n"));
  await bench.node.close();
  const result = await ansible();
  expect(result).toMatchObject({ kind: "failed", exitCode: 0 });
  expect(result.stderr).toContain("Never reached: pve1");
});

test("a large inventory is read whole (B10)", async () => {
  const variables = Array.from({ length: 900 }, (_, index) => `v${index}=${"x".repeat(60)}`);
  await bench.put("/app/config/hosts.ini", `[proxmox]\npve1\n[proxmox:vars]\n${variables.join("\n")}\n`);
  await bench.put(SITE, playOf('- debug:\n    msg: "{{ v899 | length }} of them"'));
  const result = await ansible({ inventory: "/app/config/hosts.ini" });
  expect(result, result.stderr).toMatchObject({ kind: "ok" });
  expect(result.stdout).toContain("60 of them");
});

test("a play that ended before its first task says so (B11)", async () => {
  await bench.put(SITE, playOf("- meta: end_play"));
  const result = await ansible();
  expect(result.kind).toBe("failed");
  expect(result.stdout).toMatch(
    /\nRecap: hosts matched, and the play ended before a task ran on any of them/,
  );
});

test("handlers that did not run, local plays and settings that are not read are told (R43)", async () => {
  await bench.put("/app/config/ansible.cfg", "[defaults]\nroles_path = /nowhere\n");
  const handler = "  handlers:\n    - name: restart it\n      command: id\n";
  await bench.put(SITE, playOf("- command: id\n  notify: restart it\n- command: /bin/false", handler));
  const failed = await ansible();
  expect(failed).toMatchObject({ kind: "failed" });
  expect(failed.stderr).toContain("Handlers that were notified and did not run: restart it (pve1)");
  expect(failed.stderr).toContain("/app/config/ansible.cfg is not read");
  await bench.put(SITE, playOf("- command: id", "  connection: local\n"));
  expect((await ansible()).stderr).toContain("ran on this machine, not on the nodes");
});

test("roles, group_vars and a playbook in a subfolder work (R43)", async () => {
  await bench.put("/app/config/roles/greet/tasks/main.yml", '- debug:\n    msg: "{{ greeting }} there"\n');
  await bench.put("/app/config/sub/group_vars/proxmox.yml", "greeting: hello\n");
  await bench.put("/app/config/sub/site.yml", "- hosts: proxmox\n  gather_facts: false\n  roles: [greet]\n");
  const result = await ansible({ playbook: "/app/config/sub/site.yml" });
  expect(result, result.stdout + result.stderr).toMatchObject({ kind: "ok" });
  expect(result.stdout).toContain("hello there");
});

test("a vault opens by the operator's key, which no file and no output has", async () => {
  const vaultKey = "vault-key-4711";
  const file = await bench.put("/app/config/group_vars/proxmox.yml", "word: opened\n");
  const keyFile = join(bench.real("/tmp/app"), "../key");
  await writeFile(keyFile, vaultKey);
  execFileSync("ansible-vault", ["encrypt", `--vault-password-file=${keyFile}`, file], {
    stdio: "pipe",
    env: { ...process.env, PATH: BROUGHT.systemPath },
  });
  await rm(keyFile);
  await bench.put(SITE, playOf('- debug:\n    msg: "it is {{ word }}"'));
  expect(await ansible()).toMatchObject({ kind: "failed" });
  for (const more of [{}, { inventory: "/app/config/hosts.ini" }]) {
    await bench.put("/app/config/hosts.ini", "[proxmox]\npve1\n");
    const result = await ansible(more, { vaultKey });
    expect(result, result.stderr).toMatchObject({ kind: "ok" });
    expect(result.stdout).toContain("it is opened");
  }
  const looked = await ansible({ command: "list_tasks" }, { vaultKey });
  expect(looked).toMatchObject({ kind: "ok" });
});

test("what forges the recap is refused, not followed", async () => {
  const secret = join(bench.real("/tmp/app"), "..", "secret.json");
  await writeFile(secret, "hunter2");
  const link = `- file:\n    src: ${secret}\n    path: "{{ lookup('env', 'MINILAB_RECAP') }}"\n    state: link\n    force: true\n  delegate_to: localhost`;
  await bench.put(SITE, playOf(`- command: id\n${link}`));
  const forged = await ansible().catch(String);
  expect(String(forged)).not.toContain("hunter2");
});

test("each role that looks parses a playbook, lists its tasks and reads a module's documentation (R43)", async () => {
  await bench.put(SITE, playOf("- name: look at it\n  command: id"));
  for (const role of ["DevOps_Builder", "Security_Sentinel", "QA_Tester"] as const) {
    const { tool, access } = toolsOf(role).get("run_ansible") ?? {};
    const look = (args: object) =>
      tool?.run(runAnsible.input.parse(args), bench.context({ role, ...(access && { access }) }));
    expect(await look({ command: "syntax_check", playbook: SITE })).toMatchObject({
      kind: "ok",
      exitCode: 0,
    });
    expect((await look({ command: "list_tasks", playbook: SITE }))?.stdout).toMatch(
      /look at it[\s\S]*\nEffect: read\. 1 of 1 things only read\.$/,
    );
    expect((await look({ command: "doc", module: "ansible.builtin.copy" }))?.stdout).toMatch(/copy/i);
  }
  expect(bench.node.commands).toEqual([]);
  const play = toolsOf("QA_Tester").get("run_ansible")?.tool.run({ command: "play" }, bench.context());
  await expect(play).rejects.toMatchObject({ code: "not_allowed" });
  await bench.put(SITE, "- hosts: [\n");
  expect(await ansible({ command: "syntax_check" })).toMatchObject({ kind: "failed" });
});

test("arguments of one command are not taken for another, and the refusal shows one that works", () => {
  const problem = (args: object) => runAnsible.input.safeParse(args).error?.issues[0]?.message;
  expect(problem({})).toContain('{"playbook": "/app/config/site.yml"}');
  expect(problem({ playbook: SITE, module: "x" })).toContain("goes with command doc");
  expect(problem({ command: "doc", module: "--help" })).toContain("a module's name");
  expect(problem({ command: "doc" })).toBeUndefined();
});
