import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../lab.ts";
import { nodeOf, requirePrograms, run, ssh, sshOptions } from "./testing/clients.ts";
import { makeLabFolder } from "./testing/lab-folder.ts";

const { directory, start, remove } = makeLabFolder("lab-sshd-");
let lab: Lab;

beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", nft: "nftables" });
  lab = await start();
});
afterAll(async () => {
  await lab?.close();
  remove();
});

/** A login with the password and nothing else, as the real client does it. */
function passwordLogin(name: string): ReturnType<typeof run> {
  const { host, port, passwordFile } = nodeOf(lab, name);
  const askpass = join(directory, "askpass");
  writeFileSync(askpass, `#!/bin/sh\ncat "${passwordFile}"\n`);
  chmodSync(askpass, 0o700);
  const only = ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-o", "BatchMode=no"];
  return run(["ssh", ...only, ...sshOptions(lab), "-p", String(port), `root@${host}`, "echo in"], {
    SSH_ASKPASS: askpass,
    SSH_ASKPASS_REQUIRE: "force",
  });
}

describe("sshd's settings", () => {
  it("count from the reload on, not before, and a bad file stops the reload", async () => {
    expect(await passwordLogin("pve2")).toMatchObject({ exitCode: 0, stdout: "in\n" });
    const file = "/etc/ssh/sshd_config.d/10-test.conf";
    await ssh(lab, "pve2", `echo 'PasswordAuthentication no' > ${file}`);
    expect((await passwordLogin("pve2")).exitCode).toBe(0);
    expect((await ssh(lab, "pve2", "systemctl reload ssh")).exitCode).toBe(0);
    expect(await passwordLogin("pve2")).toMatchObject({ exitCode: 255, stdout: "" });
    expect((await ssh(lab, "pve2", "sshd -T | grep -i ^passwordauthentication")).stdout).toBe(
      "passwordauthentication no\n",
    );
    const broken = await ssh(lab, "pve2", `echo Nonsense > ${file}; systemctl restart sshd`);
    expect(broken).toMatchObject({ exitCode: 1 });
    expect(broken.stderr).toMatch(/Job for ssh.service failed.*Nonsense/s);
    expect((await passwordLogin("pve2")).exitCode).toBe(255);
    await ssh(lab, "pve2", `rm ${file}; systemctl reload ssh`);
  });

  it("lock everyone out when ssh is stopped, but not who is in already", async () => {
    const { host, port } = nodeOf(lab, "pve2");
    const client = spawn("ssh", [
      ...sshOptions(lab),
      "-p",
      String(port),
      `root@${host}`,
      "systemctl stop ssh; echo stopped; read -r _; systemctl start ssh",
    ]);
    await once(createInterface(client.stdout), "line");
    expect((await ssh(lab, "pve2", "true")).exitCode).toBe(255);
    client.stdin.end("go\n");
    await once(client, "exit");
    expect((await ssh(lab, "pve2", "true")).exitCode).toBe(0);
  });
});
