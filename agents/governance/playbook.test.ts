/** Playbooks of our own; test/bench/effects/ has those of somebody who had not seen the judge. */
import { expect, test } from "vitest";
import { changeOfPlaybook } from "./playbook.ts";

const change = (text: string, more: Record<string, string> = {}, extraVars: Record<string, unknown> = {}) =>
  changeOfPlaybook({
    playbook: "site.yml",
    files: new Map(Object.entries({ "site.yml": text, ...more })),
    extraVars,
  });
const play = (task: string, head = "hosts: all") =>
  `- ${head}\n  tasks:\n    - ${task.replaceAll("\n", "\n      ")}\n`;
const effect = (...args: Parameters<typeof change>) => change(...args).effect;

test.each([
  ["a command", "command: qm status 100"],
  ["the same for a list", "command: qm status {{ item }}\nloop: [100, 101]"],
  ["a number from anywhere", "command: qm status {{ found.id | int }}"],
  ["what sh and bash read alike", "shell: qm list | awk 'NR>1 {print $1, $2}'"],
  ["words that are no redirection without a shell", "command: grep '>' /etc/hosts"],
  ["a template of values", "debug: msg={{ x.stdout_lines | select('search', 'a') | list }}"],
  ["a request", "uri: {url: 'https://{{ inventory_hostname }}:8006/api2/json/version'}"],
  ["information of a collection", "community.proxmox.proxmox_vm_info: {node: pve1}"],
  ["a unit without a state", "systemd: name=pveproxy"],
  ["a lookup that only reads", "debug: {msg: \"{{ lookup('pipe', 'date') }}\"}"],
  ["check mode", "copy: {dest: /etc/motd, content: x}\ncheck_mode: true"],
])("only reads: %s", (_, task) => {
  expect(change(play(task)).rows.filter((row) => row.effect !== "read")).toEqual([]);
});

test.each([
  ["a comment that is none without a shell", "command: 'find / # -delete'"],
  ["a variable of the host's environment", "command: $RUN uptime"],
  ["a template as a command", 'command: "{{ line }}"'],
  ["brackets behind a dictionary", "debug: {msg: \"{{ {'a': {}} | x(lookup('pipe', 'reboot')) }}\"}"],
  ["a lookup by another name", "debug: {msg: \"{{ [lookup][0]('pipe', 'reboot') }}\"}"],
  ["a plugin put together", "debug: {msg: \"{{ lookup('pi' ~ 'pe', 'reboot') }}\"}"],
  ["letters by number", "debug: {msg: \"{{ lookup('p\\\\x69pe', 'reboot') }}\"}"],
  [
    "marks of its own",
    "debug: {msg: \"#jinja2: variable_start_string: '[%'\\n[% lookup('pipe', 'reboot') %]\"}",
  ],
  ["a condition", "debug: msg=x\nwhen: lookup('pipe', 'reboot') == ''"],
  ["a loop", "debug: msg=x\nwith_pipe: reboot"],
  ["a command that nobody says has changed anything", "command: qm stop 100\nchanged_when: false"],
  ["check mode that is perhaps none", "copy: {dest: /etc/motd, content: x}\ncheck_mode: '{{ dry }}'"],
  ["a check in check mode", "template: {dest: /etc/x, src: x, validate: reboot %s}\ncheck_mode: true"],
  ["facts that are programs", "setup: fact_path=/tmp/x"],
  ["a request that keeps its answer", "uri: {url: 'http://pve1/', dest: /root/x}"],
  ["a request elsewhere with what is known here", "uri: {url: 'https://example.com/{{ key }}'}"],
  ["another program to log in with", "ping:\nvars: {ansible_ssh_executable: /tmp/x}"],
  ["another program to become root with", "ping:\nbecome_exe: /tmp/x"],
  ["an environment", "command: uptime\nenvironment: {LD_PRELOAD: /tmp/x.so}"],
  ["a user who is a command", "ping:\nbecome_user: $(reboot)"],
  ["a host that is an option", "ping:\ndelegate_to: -oProxyCommand=reboot"],
  ["a fact that names a program", "set_fact: ansible_python_interpreter=/tmp/x"],
  ["an expression among words", "debug: var=lookup('pipe','reboot')"],
  ["what lies beneath a value", "debug: {msg: \"{{ x['__class__'] }}\"}"],
  ["a file that may be a device", "slurp: {src: '{{ x }}'}"],
  ["two modules in one task", "ping:\nreboot:"],
  ["hosts that are not known", "add_host: name={{ found }}"],
  ["information of somebody", "evil.corp.node_info:"],
  ["an encrypted value", "debug: {msg: !vault abc}"],
])("changes something, or is unclear: %s", (_, task) => {
  expect(effect(play(task))).toBe("infrastructure");
});

test.each([
  "/app/config/module_utils/basic.py",
  "/app/config/library/ping.py",
  "/app/config/action_plugins/x/y",
  "/app/config/roles/x/tasks/main.yml",
  "/app/config/ansible.cfg",
  "{{ playbook_dir }}/library/ping",
  "/tmp/app/run-0/ssh_config",
  "/tmp//app/run-0/ssh_config",
  "/tmp/app/{{ ansible_ssh_args.split('/')[3] }}/pinned_hosts",
  "/app/docs/{{ x }}",
])("a file that a run may load, or that is its own, is no file of the team: %s (F33)", (dest) => {
  const [copied] = change(play(`copy: {dest: "${dest}", content: x}`, "hosts: localhost")).rows;
  const [fetched] = change(play(`fetch: {src: /etc/hosts, dest: "${dest}"}`)).rows;
  expect([copied?.effect, fetched?.effect]).toEqual(["infrastructure", "infrastructure"]);
});

test("a file of the team is the workspace only on the machine of the team", () => {
  const copy = "copy: {dest: /app/docs/report.md, content: x}";
  expect(change(play(copy, "hosts: localhost")).rows).toMatchObject([
    { action: "update", details: "/app/docs/report.md", where: "workspace", effect: "workspace" },
  ]);
  expect(effect(play(`${copy}\ndelegate_to: localhost`))).toBe("workspace");
  expect(effect(play("local_action: copy dest=/app/docs/x content=x"))).toBe("workspace");
  expect(effect(play(copy))).toBe("infrastructure");
  expect(effect(play(copy, "hosts: localhost:all"))).toBe("infrastructure");
  expect(
    effect(play(`${copy}\nvars: {ansible_host: pve1, ansible_connection: ssh}`, "hosts: localhost")),
  ).toBe("infrastructure");
  expect(effect(play("copy: {dest: /app/docs/../../root/x, content: x}", "hosts: localhost"))).toBe(
    "infrastructure",
  );
});

test("what is included later does not have the keywords of its include", () => {
  const more = { "more.yml": "- copy: {dest: /etc/motd, content: x}\n" };
  expect(effect(play("include_tasks: more.yml\ncheck_mode: true"), more)).toBe("infrastructure");
  expect(effect(play("import_tasks: more.yml\ncheck_mode: true"), more)).toBe("read");
  expect(effect(play("include_tasks: other.yml"), more)).toBe("infrastructure");
  const write = `${play("copy: {dest: /app/config/more.yml, content: x}", "hosts: localhost")}${play("include_tasks: more.yml")}`;
  expect(effect(write, { "more.yml": "- ping:\n" })).toBe("infrastructure");
});

test("roles are looked through with what they need, and their handlers when they are notified", () => {
  const site = "- hosts: all\n  roles: [web]\n";
  const tasks = "- command: uptime\n";
  const role = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`roles/web/${name}`, text]));
  const handler = { "handlers/main.yml": "- name: again\n  service: {name: nginx, state: restarted}\n" };
  expect(effect(site, role({ "tasks/main.yml": tasks }))).toBe("read");
  expect(effect(site, role({ "tasks/main.yml": tasks, ...handler }))).toBe("read");
  expect(effect(site, role({ "tasks/main.yml": "- command: uptime\n  notify: again\n", ...handler }))).toBe(
    "infrastructure",
  );
  expect(effect(site, role({ "tasks/main.yml": tasks, "meta/main.yml": "dependencies: [other]\n" }))).toBe(
    "infrastructure",
  );
  expect(effect(site, role({ "tasks/main.yml": tasks, "library/uptime.py": "" }))).toBe("infrastructure");
  expect(
    effect(
      site,
      role({ "tasks/main.yml": tasks, "vars/main.yml": "x: \"{{ lookup('pipe', 'reboot') }}\"\n" }),
    ),
  ).toBe("infrastructure");
  expect(effect(site)).toBe("infrastructure");
});

test("a variable stands for all values that it may have, and for none when one is not known", () => {
  const site = (vars: string) => play('command: "{{ line }}"', `hosts: all\n  vars: ${vars}`);
  expect(effect(site("{line: uptime}"))).toBe("read");
  expect(effect(site("{line: reboot}"))).toBe("infrastructure");
  expect(effect(site("{line: uptime}"), { "group_vars/all.yml": "line: reboot\n" })).toBe("infrastructure");
  expect(effect(site("{line: uptime}"), { hosts: "pve1 line=reboot\n" })).toBe("infrastructure");
  expect(effect(site("{line: uptime}"), {}, { line: "reboot" })).toBe("infrastructure");
  expect(effect(site("{line: uptime}"), { hosts: "\u0000" })).toBe("infrastructure");
  expect(effect(site("{line: uptime}"), { "group_vars/all.yml": "$ANSIBLE_VAULT;1.1;AES256\n61\n" })).toBe(
    "infrastructure",
  );
  const told = `${site("{line: uptime}")}    - command: cat /x\n      register: line\n`;
  expect(effect(told)).toBe("infrastructure");
});

test("a row tells where, on which hosts, and what is of high risk", () => {
  const [row] = change(play("name: Out\ncommand: qm destroy 100 --purge", "hosts: pve1")).rows;
  expect(row).toMatchObject({
    action: "run",
    what: "Out (command)",
    hosts: "pve1",
    where: "host",
    effect: "infrastructure",
  });
  expect(row?.risks.map(({ kind }) => kind)).toEqual(["commands", "destroy"]);
  const kinds = (task: string) =>
    change(play(task)).rows.flatMap(({ risks }) => risks.map(({ kind }) => kind));
  expect(kinds("lineinfile: {path: /etc/ssh/sshd_config, line: x}")).toContain("access");
  expect(kinds("service: {name: pveproxy, state: stopped}")).toContain("stops");
  expect(kinds("filesystem: {dev: /dev/sdb, fstype: ext4}")).toContain("storage");
  expect(kinds("reboot:")).toContain("node");
  expect(kinds("user: {name: ops}")).toEqual(expect.arrayContaining(["access", "credentials"]));
  expect(kinds("copy: {dest: /etc/pve/corosync.conf, src: x}")).toContain("quorum");
});

const bomb = Array.from(
  { length: 30 },
  (_, at) => `a${at}: &a${at} [${at ? `*a${at - 1}, *a${at - 1}` : "x, x"}]\n`,
);
test.each([
  ["a megabyte", "- hosts: all\n".repeat(80_000)],
  ["a thousand brackets", `- hosts: all\n  tasks: ${"[".repeat(1_000)}`],
  ["a thousand blocks", `- hosts: all\n  tasks: ${"{block: [".repeat(1_000)}${"]}".repeat(1_000)}`],
  ["a thousand lists on a line", `${"- ".repeat(1_000)}x`],
  [
    "lines that lie deeper and deeper",
    Array.from({ length: 440 }, (_, at) => `${" ".repeat(at)}a:\n`).join(""),
  ],
  ["aliases that multiply", bomb.join("")],
  ["a playbook that imports itself", "- import_playbook: site.yml\n".repeat(2)],
  ["tasks that include themselves", play("include_tasks: site.yml")],
  ["a tag that nobody knows", "- hosts: !!python/object:os.system all\n"],
  ["two documents", "- hosts: all\n---\n- hosts: all\n"],
  ["nothing", ""],
])("ends quickly and is called unclear: %s", (_, text) => {
  const begun = performance.now();
  const { effect: found, rows } = change(text);
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(found).toBe("infrastructure");
  expect(rows.flatMap(({ risks }) => risks.map(({ kind }) => kind))).toContain("unclear");
});
