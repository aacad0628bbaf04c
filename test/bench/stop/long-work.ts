/**
 * Work that does not end by itself, one kind for each way in which an agent waits: what the scripted model calls, the
 * files that it needs, and how many processes of it must run before the operator says STOP.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseScenario, type Scenario } from "../../../lab/model/scenario.ts";

export const WORKER = "DevOps_Builder";

export const KINDS = [
  "run_shell",
  "run_ansible",
  "run_terraform",
  "run_terraform_remote",
  "run_ssh",
  "model",
] as const;
export type Kind = (typeof KINDS)[number];

/** `sleep` processes, here and on the nodes; 0 for a model call that hangs. */
export const SLEEPERS: Readonly<Record<Kind, number>> = {
  ...{ run_shell: 1, run_ssh: 1, run_terraform: 1, run_terraform_remote: 1 },
  run_ansible: 2, // on both nodes
  model: 0,
};

const PLAYBOOK = `
- hosts: proxmox
  gather_facts: false
  tasks:
    - ansible.builtin.command: sleep {{ mark }}
`;

type RemoteNode = { host: string; port: number };
type Place = { directory: string; node: RemoteNode };

/** Before a turn: `mark` is the argument of `sleep`, by which the processes of this turn are known. */
export function writeFiles({ directory, node }: Place, mark: string): void {
  const files = {
    "config/sleep.yml": PLAYBOOK,
    "infra/run_terraform/main.tf": module(mark, `provisioner "local-exec" {\n command = "sleep ${mark}"\n }`),
    "infra/run_terraform_remote/main.tf": module(mark, remoteProvisioner(node, mark)),
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(directory, "generated_iac", name);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Another mark is another resource: there is always something to apply. */
function module(mark: string, provisioner: string): string {
  return `resource "terraform_data" "work" {\n triggers_replace = ["${mark}"]\n ${provisioner}\n}\n`;
}

function remoteProvisioner({ host, port }: RemoteNode, mark: string): string {
  const connection = `type = "ssh"\n host = "${host}"\n port = ${port}\n user = "root"\n agent = true`;
  return `connection {\n ${connection}\n }\n provisioner "remote-exec" {\n inline = ["sleep ${mark}"]\n }`;
}

/** What the operator says: the kind of work and its mark, "init", or "hello" with a number. */
export function scenario(): Scenario {
  const terraform = (kind: Kind, command: string, more = {}) => ({
    tool: "run_terraform",
    arguments: { command, dir: `/app/infra/${kind}`, ...more },
  });
  const first = (kind: Kind, call: object) => ({
    role: WORKER,
    when: { heard: `^${kind} (?<mark>[\\d.]+)$`, step: 1 },
    call: [call],
  });
  const apply = (kind: Kind) => [
    first(kind, terraform(kind, "plan")),
    {
      role: WORKER,
      when: { heard: `^${kind} `, step: 2, last: "^Plan digest: (?<digest>[0-9a-f]{64})$" },
      call: [terraform(kind, "apply", { plan: "{{digest}}" })],
    },
  ];
  const sleep = { command: "sleep {{mark}}", timeout_s: 900 };
  const play = { playbook: "/app/config/sleep.yml", extra_vars: { mark: "{{mark}}" } };
  const modules = ["run_terraform", "run_terraform_remote"] as const;
  const rules = [
    first("run_shell", { tool: "run_shell", arguments: sleep }),
    first("run_ssh", { tool: "run_ssh", arguments: { host: "pve1", ...sleep } }),
    first("run_ansible", { tool: "run_ansible", arguments: play }),
    ...modules.flatMap(apply),
    {
      role: WORKER,
      when: { heard: "^init$", step: 1 },
      call: modules.map((kind) => terraform(kind, "init")),
    },
    { role: WORKER, when: { heard: "^init$" }, say: "init" },
    { role: WORKER, when: { heard: "^model " }, fault: { kind: "hang", times: 1_000_000 } },
    { role: WORKER, when: { heard: "^hello (?<number>\\d+)$" }, say: "hello {{number}}" },
    { role: WORKER, when: { last: "(?<result>.{0,400})" }, say: "The work has ended:\n```\n{{result}}\n```" },
  ];
  return parseScenario(JSON.stringify({ name: "stop", request: "work", rules }), "stop");
}
