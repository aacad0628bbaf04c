/** What is told of a playbook that lies in a workspace; what the judge finds in its text is tested in governance. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describePlaybook } from "./ansible-effects.ts";

let base = "";
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "config-"));
});
afterEach(() => rm(base, { recursive: true }));

async function described(files: Record<string, string>): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(base, name)), { recursive: true });
    await writeFile(join(base, name), text);
  }
  const workspace = { "/app/config": base, "/app/infra": base, "/app/docs": base, "/tmp/app": base };
  return (await describePlaybook(workspace, "/app/config/site.yml")).split("\n");
}

const SITE = "- hosts: proxmox\n  roles: [web]\n";
const ROLE = "- command: uptime\n- name: Again\n  service: {name: nginx, state: restarted}\n";

test("a line is told for each thing that is more than reading, in the roles as well", async () => {
  expect(await described({ "site.yml": SITE, "roles/web/tasks/main.yml": ROLE })).toEqual([
    "Effect: infrastructure. 1 of 2 things only read.",
    "  update Again (service) on proxmox [high risk: stops]",
  ]);
});

test("a playbook that only reads says so", async () => {
  expect(await described({ "site.yml": "- hosts: all\n  tasks: [{command: uptime}]\n" })).toEqual([
    "Effect: read. 1 of 1 things only read.",
  ]);
});

test("a folder that is a link hides no programs and no variables (F33)", async () => {
  await mkdir(join(base, "elsewhere"));
  for (const name of ["module_utils", "group_vars"]) {
    await symlink(join(base, "elsewhere"), join(base, name));
    const read = { "site.yml": "- hosts: all\n  tasks: [{ping: }]\n" };
    await expect(described(read)).rejects.toThrow(`/app/config/${name} is no plain file`);
    await rm(join(base, name));
  }
});

test("what is no plain file, or too long, is not taken for nothing", async () => {
  const read = { "site.yml": "- hosts: all\n  tasks: [{command: uptime}]\n" };
  await mkdir(join(base, "group_vars"));
  await symlink("/etc/hostname", join(base, "group_vars/all.yml"));
  await expect(described(read)).rejects.toThrow("/app/config/group_vars/all.yml is no plain file");
  await rm(join(base, "group_vars/all.yml"));
  expect((await described(read))[0]).toMatch(/^Effect: read/);
  expect((await described({ ...read, "group_vars/all.yml": "a: 1\n".repeat(30_000) }))[0]).toMatch(
    /^Effect: infrastructure/,
  );
});
