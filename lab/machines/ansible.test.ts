import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lab, startLab } from "../lab.ts";
import { type Finished, prepareAnsible, requirePrograms, run, ssh } from "./testing/clients.ts";

const PLAYBOOK = fileURLToPath(new URL("./harden-sshd.test.yml", import.meta.url));
let directory: string;
let lab: Lab;
let ansible: ReturnType<typeof prepareAnsible>;

beforeAll(async () => {
  requirePrograms({ ansible: "ansible-core", ssh: "openssh-client" });
  directory = mkdtempSync(join(tmpdir(), "lab-ansible-"));
  lab = await startLab({
    directory: join(directory, "lab"),
    start: "fresh",
    signal: new AbortController().signal,
  });
  ansible = prepareAnsible(lab, directory);
});
afterAll(async () => {
  await lab?.close();
  rmSync(directory, { recursive: true, force: true });
});

const play = (env: Record<string, string> = {}): Promise<Finished> =>
  run(["ansible-playbook", "-i", ansible.inventory, PLAYBOOK], { ...ansible.env, ...env });

it("answers ansible's ping over sftp and over a pipeline", async () => {
  const ping = (pipelining: string) =>
    run(["ansible", "-i", ansible.inventory, "all", "-m", "ping"], {
      ...ansible.env,
      ANSIBLE_PIPELINING: pipelining,
    });
  for (const pipelining of ["False", "True"]) {
    const { exitCode, stdout } = await ping(pipelining);
    expect(exitCode).toBe(0);
    expect(stdout.match(/"ping": "pong"/g)).toHaveLength(2);
  }
});

it("is hardened by a real playbook, which finds nothing to do the second time", async () => {
  const first = await play();
  expect(first).toMatchObject({ exitCode: 0, stderr: "" });
  expect(first.stdout.match(/ok=6 +changed=3 +unreachable=0 +failed=0/g)).toHaveLength(2);
  const again = await play({ ANSIBLE_PIPELINING: "True" });
  expect(again.stdout.match(/ok=5 +changed=0 +unreachable=0 +failed=0/g)).toHaveLength(2);
  for (const { name, host, port } of lab.nodes) {
    expect((await ssh(lab, name, "sshd -T | grep -E '^(passwordauth|x11forw)'")).stdout).toBe(
      "passwordauthentication no\nx11forwarding no\n",
    );
    const offered = await run([
      "ssh",
      "-F",
      "/dev/null",
      "-o",
      "BatchMode=yes",
      "-o",
      "PubkeyAuthentication=no",
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
      "-p",
      String(port),
      `root@${host}`,
      "true",
    ]);
    expect(offered.stderr).toContain("Permission denied (publickey).");
  }
}, 300_000);
