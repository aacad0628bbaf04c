import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Workspace, workspaceOf } from "../host/paths.ts";
import { refuseActingCheck } from "./ansible-playbook.ts";

let directory: string;
let workspace: Workspace;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "playbook-"));
  workspace = workspaceOf("project", directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function put(name: string, text: string): Promise<void> {
  const file = join(workspace["/app/config"], name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

test.each([
  "- command: touch x\n  check_mode: false",
  '- command: touch x\n  "check\\x5fmode": false',
  "- debug:\n    msg: \"{{ lookup('pipe', 'touch x') }}\"",
  "- debug:\n    msg: \"{% set l = lookup %}{{ l('pipe', 'touch x') }}\"",
  "- debug:\n    msg: \"{{ q('ansible.builtin.pipe', 'touch x') }}\"",
  "- debug:\n  with_pipe: touch x",
  "- include_tasks: ../infra/tasks.yml",
  "- include_tasks: /tmp/app/tasks.yml",
])("a check run is refused when something in it would act: %j", async (task) => {
  await put("roles/web/tasks/main.yml", task);
  await expect(refuseActingCheck(workspace)).rejects.toMatchObject({ code: "not_allowed" });
});

test("a module or plugin of the team's own cannot take part in a check run", async () => {
  await put("library/mine.py", "");
  await expect(refuseActingCheck(workspace)).rejects.toThrow("library/mine.py");
});

test("an ordinary hardening playbook can be checked", async () => {
  const task =
    "- template:\n    src: sshd.conf.j2\n    dest: /etc/ssh/sshd_config.d/10-hardening.conf\n    validate: sshd -t -f %s";
  await put("site.yml", `- hosts: proxmox\n  tasks:\n    ${task.replaceAll("\n", "\n    ")}\n`);
  await put("templates/sshd.conf.j2", "# {{ lookup('file', '/etc/hostname') }}\nPasswordAuthentication no\n");
  await expect(refuseActingCheck(workspace)).resolves.toBeUndefined();
});
