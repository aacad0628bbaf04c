/** For tests only: real OpenSSH and Ansible against the nodes of a lab, with nothing of the user's own settings. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { BROUGHT } from "../../../agents/testing/programs.ts";
import type { Lab } from "../../lab.ts";
import type { LabNode } from "../../open-nodes.ts";

const { systemPath: PATH } = BROUGHT;

export type Finished = { exitCode: number | null; stdout: string; stderr: string };

/** Programs and their packages. A missing one fails the test with the line that installs it. */
export function requirePrograms(programs: Readonly<Record<string, string>>): void {
  const isThere = (name: string) => PATH.split(delimiter).some((folder) => existsSync(join(folder, name)));
  const missing = Object.keys(programs).filter((name) => !isThere(name));
  if (missing.length === 0) return;
  const packages = missing.map((name) => programs[name]).join(" ");
  throw new Error(`missing ${missing.join(", ")}: apt-get install ${packages}`);
}

export async function run(
  argv: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<Finished> {
  const [program, ...rest] = argv;
  const child = spawn(program, rest, { env: { PATH, LANG: "C.UTF-8", ...env } });
  child.stdin.end();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { exitCode, stdout, stderr };
}

/** Options for ssh, scp and ansible: only the lab's key; the host is trusted because it is ours. */
export function sshOptions(lab: Lab): string[] {
  return [
    ...["-F", "/dev/null", "-i", lab.privateKeyFile, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"],
    ...[
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
      "-o",
      "LogLevel=ERROR",
      "-o",
      "BatchMode=yes",
    ],
  ];
}

export function nodeOf(lab: Lab, name: string): LabNode {
  const node = lab.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new Error(`the lab has no node ${name}`);
  return node;
}

/** The real ssh program, as root. */
export function ssh(lab: Lab, name: string, command: string): Promise<Finished> {
  const { port, host } = nodeOf(lab, name);
  return run(["ssh", ...sshOptions(lab), "-p", String(port), `root@${host}`, command]);
}

/** Writes an inventory of all nodes and returns the environment in which ansible uses nothing else. */
export function prepareAnsible(
  lab: Lab,
  directory: string,
): { inventory: string; env: Record<string, string> } {
  const hosts = lab.nodes.map(
    ({ name, host, port }) => `${name} ansible_host=${host} ansible_port=${port} ansible_user=root`,
  );
  const inventory = join(directory, "inventory.ini");
  writeFileSync(
    inventory,
    `[proxmox]\n${hosts.join("\n")}\n[proxmox:vars]\nansible_python_interpreter=/usr/bin/python3\n`,
  );
  return {
    inventory,
    env: {
      HOME: directory,
      ANSIBLE_HOME: directory,
      ANSIBLE_NOCOLOR: "1",
      ANSIBLE_SSH_ARGS: sshOptions(lab).join(" "),
    },
  };
}
