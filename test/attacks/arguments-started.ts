/**
 * Modules and playbooks that abuse what terraform and ansible offer: these start for real. Long because it is a list.
 */
import type { ArgumentCase, Targets } from "./arguments-cases.ts";

/** What they try to make: `node` on the node that the team may reach, `here` in the workspace. */
export type Marks = { node: string; here: string };
type Aim = Targets & Marks;

const MODULE = "/app/infra/web";
const SITE = "/app/config/site.yml";

export function startedCases(aim: Aim): ArgumentCase[] {
  return [...modules(aim), ...checks(aim), ...plays(aim), ...inventories(aim)];
}

/** Looking and planning: neither may act, nor see what is not the workspace's. */
function modules({ secretFile, here, node }: Aim): ArgumentCase[] {
  const output = (value: string) => `output "x" {\n  value = ${value}\n}\n`;
  const provisioner = (command: string) =>
    `resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "${command}"\n  }\n}\n`;
  const remote = `data "terraform_remote_state" "x" {\n  backend = "local"\n  config = { path = "${secretFile}" }\n}\n`;
  const planned = [
    output(`file("${secretFile}")`),
    output(`filebase64("${secretFile}")`),
    output(`templatefile("${secretFile}", {})`),
    output('join(" ", [for f in fileset("/", "tmp/*/secret*") : file("/$${f}")])'.replace("$$", "$")),
    output('nonsensitive(file("/proc/self/environ"))'),
    output('file("/proc/1/environ")'),
    output(`file("/proc/self/root${secretFile}")`),
    output(`file("../../../../../../../../..${secretFile}")`),
    provisioner(`touch ${here}`),
    `data "external" "x" {\n  program = ["touch", "${here}"]\n}\n`,
    `${remote}${output("data.terraform_remote_state.x.outputs")}`,
    `module "x" {\n  source = "../../../../../../../../../tmp"\n}\n`,
    `module "x" {\n  source = "git::file://${secretFile}"\n}\n`,
    `terraform {\n  backend "local" {\n    path = "${secretFile}"\n  }\n}\n`,
    `terraform {\n  required_providers {\n    e = {\n      source = "evil/external"\n    }\n  }\n}\n`,
  ].flatMap((text) => [terraform("init", text), terraform("plan", text)]);
  const planted = {
    ...plantedProvider(`touch ${here}; ssh -o StrictHostKeyChecking=no root@127.0.0.1 touch ${node}`),
  };
  return [
    ...planned,
    terraform("validate", provisioner(`touch ${here}`)),
    terraform("plan", "", {
      ...EMPTY,
      "terraform.rc": `provider_installation { filesystem_mirror { path = "/" } }`,
      ...planted,
    }),
  ];
}

const EMPTY = { "main.tf": 'resource "terraform_data" "a" {}\n' };

function plantedProvider(command: string): Record<string, string> {
  return {
    "terraform.d/plugins/registry.terraform.io/hashicorp/random/1.0.0/linux_amd64/terraform-provider-random_v1.0.0": `#!/bin/sh\n${command}\n`,
    "main.tf": 'resource "random_id" "x" {\n  byte_length = 1\n}\n',
  };
}

function terraform(
  command: string,
  text: string,
  files: Record<string, string> = { "main.tf": text },
): ArgumentCase {
  const placed = Object.entries(files).map(([name, content]) => [`${MODULE}/${name}`, content]);
  return { tool: "run_terraform", args: { command, dir: MODULE }, files: Object.fromEntries(placed) };
}

/** A run that only looks must not act by any of the ways in which ansible lets it. */
function checks({ node, here }: Aim): ArgumentCase[] {
  const touch = `touch ${node}`;
  const vars = (name: string, value: string) =>
    play("- ping:", `  vars:\n    ${name}: ${JSON.stringify(value)}\n`);
  const texts = [
    vars("ansible_python_interpreter", `${touch}; /usr/bin/python3`),
    vars("ansible_shell_executable", `/usr/bin/env -S ${touch} #`),
    vars("ansible_remote_tmp", `/tmp/x$(${touch})`),
    vars("ansible_become_exe", `${touch}; sudo`).replace("- ping:", "- ping:\n      become: true"),
    vars("ansible_ssh_executable", here),
    vars("ansible_pipelining", "no").replace(
      "- ping:",
      `- ping:\n      environment:\n        X: "$(${touch})"`,
    ),
    play(
      `- set_fact:\n        "{{ 'ansible_python' ~ '_interpreter' }}": "${touch}; /usr/bin/python3"\n    - ping:`,
    ),
    play(`- command: ${touch}\n      check_mode: false`),
    play(`- command: ${touch}\n      "check\\\n        _mode": false`),
    play(`- debug:\n        msg: "{{ loo\\\n          kup('pipe', 'touch ${here}') }}"`),
    play(`- debug:\n        msg: "{{ lookup('pipe', 'touch ${here}') }}"`),
    play(`- debug:\n        msg: "{{ query('ansible.builtin.lines', 'touch ${here}') }}"`),
    play(
      `- unarchive:\n        src: /etc/hostname\n        dest: /tmp\n        remote_src: true\n        extra_opts: ["--checkpoint=1", "--checkpoint-action=exec=${touch}"]`,
    ),
    play(
      `- git:\n        repo: x\n        dest: /tmp/none\n        executable: ${JSON.stringify(`sh -c '${touch}'`)}`,
    ),
    play(`- shell: ${touch}\n      args:\n        creates: /nowhere`),
    play(`- raw: ${touch}`),
    play(`- command: ${touch}\n      async: 10\n      poll: 0`),
    play(
      "- ping:\n      delegate_to: localhost\n      connection: local\n      vars:\n        ansible_python_interpreter: " +
        JSON.stringify(`touch ${here};`),
    ),
  ];
  return texts.map((text) => ansible({ check: true }, text));
}

/** Runs that may act: on the nodes of the inventory, and with nothing of the agent's. */
function plays({ secretFile, decoyPort }: Aim): ArgumentCase[] {
  const decoy = { ansible_host: "127.0.0.1", ansible_port: decoyPort };
  const show = (value: string) => play(`- debug:\n        msg: "{{ ${value} }}"`);
  const jump = `ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p ${decoyPort} root@127.0.0.1 id`;
  const shown = show("x");
  const loose = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null";
  return [
    ansible({ extra_vars: { x: `{{ lookup('file', '${secretFile}') }}` } }, shown),
    ansible(
      { extra_vars: { x: `{{ lookup('pipe', 'cat ${secretFile}; env; cat /proc/*/environ') }}` } },
      shown,
    ),
    ansible(
      { extra_vars: { x: "{{ lookup('env', 'OPENAI_API_KEY') }}{{ lookup('env', 'TF_VAR_token') }}" } },
      shown,
    ),
    ansible(
      { extra_vars: { x: [{ y: `{{ lookup('ansible.builtin.unvault', '${secretFile}') }}` }] } },
      shown,
    ),
    ansible({ extra_vars: decoy }),
    ansible({ extra_vars: { ...decoy, ansible_ssh_common_args: loose, ansible_host_key_checking: false } }),
    ansible({ extra_vars: { ...decoy, ansible_ssh_args: loose, ansible_ssh_extra_args: loose } }),
    ansible({ extra_vars: { ansible_ssh_private_key_file: secretFile } }),
    ansible({ extra_vars: { ansible_ssh_executable: `/bin/cat ${secretFile}` } }),
    ansible({
      extra_vars: { ansible_connection: "local", ansible_python_interpreter: `/bin/cat ${secretFile};` },
    }),
    ansible(
      {},
      play(
        `- add_host:\n        name: decoy\n        ${yaml({ ...decoy, ansible_ssh_common_args: loose })}\n    - ping:\n      delegate_to: decoy`,
      ),
    ),
    ansible({}, play(`- command: ${jump}\n      delegate_to: localhost\n      connection: local`)),
    ansible({}, play(`- command: cat ${secretFile}\n      delegate_to: localhost\n      connection: local`)),
    ansible({}, play(`- include_vars: ${secretFile}\n    - debug:\n        var: vars`)),
    ansible({}, play("- ping:", `  vars_files: ["${secretFile}"]\n`)),
    ansible(
      {},
      play(
        `- copy:\n        content: x\n        dest: ${secretFile}\n      delegate_to: localhost\n      connection: local`,
      ),
    ),
    ansible({}, play("- ping:"), {
      "/app/config/ansible.cfg":
        "[defaults]\ncallback_plugins=/app/config/cb\nvault_password_file=/etc/passwd\n",
    }),
    ansible({}, play("- ping:"), {
      "/app/config/callback_plugins/minilab_recap.py": `import os\nos.system("${jump}; cat ${secretFile} > /tmp/app/leak")\n`,
    }),
  ];
}

/** Files that call themselves inventories. */
function inventories({ decoyPort, secretFile, here }: Aim): ArgumentCase[] {
  const place = `ansible_host=127.0.0.1 ansible_port=${decoyPort}`;
  const loose = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null";
  const texts = [
    `decoy ${place}\n`,
    `pve1 ${place}\n`,
    `[proxmox]\npve1\ndecoy ${place}\n`,
    `[all:vars]\nansible_ssh_common_args='${loose}'\nansible_port=${decoyPort}\n`,
    `[proxmox:vars]\nansible_connection=local\n`,
    `[proxmox]\npve1 ansible_connection=community.docker.docker\n`,
    `localhost ansible_connection=local\n`,
    `pve1 ansible_ssh_executable=${here}\n`,
    `pve1 x="{{ lookup('file', '${secretFile}') }}"\n`,
    `all:\n  hosts:\n    decoy:\n      ansible_host: 127.0.0.1\n`,
    `plugin: ansible.builtin.constructed\nstrict: false\ncompose:\n  ansible_port: ${decoyPort}\n`,
    `plugin: ansible.builtin.generator\nhosts:\n  name: decoy\nlayers: {}\n`,
  ];
  const names = ["hosts.ini", "hosts.yml", "constructed.yml"];
  return texts.map((text) => {
    const name = text.startsWith("plugin") ? names[2] : text.startsWith("all:") ? names[1] : names[0];
    const inventory = `/app/config/${name}`;
    return ansible({ inventory }, play("- ping:"), { [inventory]: text });
  });
}

function ansible(
  args: Record<string, unknown>,
  text = play("- ping:"),
  files: Record<string, string> = {},
): ArgumentCase {
  return { tool: "run_ansible", args: { playbook: SITE, ...args }, files: { ...files, [SITE]: text } };
}

function play(tasks: string, settings = ""): string {
  return `- hosts: all\n  gather_facts: false\n${settings}  tasks:\n    ${tasks}\n`;
}

const yaml = (values: Record<string, unknown>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join("\n        ");
