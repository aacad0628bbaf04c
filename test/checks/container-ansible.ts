/** The image's Ansible and Terraform: those that ./minilab brings, and what roles read of them by run_ansible. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import { putPrograms, runInside } from "./container-inside.ts";
import type { ContainerTeam } from "./container-team.ts";

const PINS = join(PROJECT_DIR, "launcher/programs");
const COLLECTIONS = [
  "ansible.posix",
  "community.general",
  "community.crypto",
  "community.proxmox",
  "kubernetes.core",
];
const READERS = ["agent-devops", "agent-security", "agent-qa"];
/** What tools run as; one of them is enough, all read alike. */
const AS_TOOL = ["--user=10005:10005", "agent-qa"];

export async function checkPrograms(team: ContainerTeam): Promise<void> {
  const asTool = (...argv: string[]) => team.docker("exec", "--env=HOME=/tmp", ...AS_TOOL, ...argv);
  const core = /^ansible-core==([\d.]+)/m.exec(pins("ansible-requirements.txt"))?.[1];
  assert((await asTool("ansible", "--version")).startsWith(`ansible [core ${core}]`));
  const terraform = /^VERSION = "([\d.]+)"/m.exec(pins("terraform.py"))?.[1];
  assert((await asTool("terraform", "version")).startsWith(`Terraform v${terraform}\n`));
  const modules = await asTool("ansible-doc", "--list");
  for (const name of COLLECTIONS) assert(`\n${modules}`.includes(`\n${name}.`), name);
  const wants = "import proxmoxer, kubernetes, requests";
  await asTool("env", "PYTHONPATH=/opt/minilab/ansible/lib", "python3", "-c", wants);
  await putPrograms(team, READERS, { doc: "test/checks/inside-doc.ts" });
  for (const reader of READERS) await checkReader(team, reader);
}

async function checkReader(team: ContainerTeam, reader: string): Promise<void> {
  const ask = (input: object) =>
    runInside(team, reader, { program: "doc", options: [`--env=CALL=${JSON.stringify(input)}`] });
  const listed = await ask({ command: "doc" });
  for (const name of COLLECTIONS) assert(listed.includes(`${name} `), `${reader}: ${listed}`);
  const shown = await ask({ command: "doc", module: "community.proxmox.proxmox_kvm" });
  assert.match(shown, /> (?:MODULE )?community\.proxmox\.proxmox_kvm/i, reader);
}

const pins = (name: string) => readFileSync(join(PINS, name), "utf8");
