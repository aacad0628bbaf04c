import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../lab.ts";
import { nodeOf, requirePrograms, run, ssh, sshOptions } from "./testing/clients.ts";
import { makeLabFolder } from "./testing/lab-folder.ts";

const { directory, start, remove } = makeLabFolder("lab-node-");
let lab: Lab;

beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", nft: "nftables" });
  lab = await start();
});
afterAll(async () => {
  await lab?.close();
  remove();
});

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false; // not here, or another user's
  }
}

describe("a node for the OpenSSH client", () => {
  it("is a machine with a name, files, processes and a root of its own", async () => {
    const { stdout } = await ssh(
      lab,
      "pve1",
      "hostname; id -u; cat /etc/hostname; cat /proc/1/comm; echo $SHELL; pwd",
    );
    expect(stdout).toBe("pve1\n0\npve1\nsystemd\n/bin/bash\n/root\n");
    await ssh(lab, "pve1", "echo mine > /tmp/file");
    expect((await ssh(lab, "pve2", "cat /tmp/file")).exitCode).toBe(1);
  });

  it("returns exit codes, signals and separate streams", async () => {
    expect(await ssh(lab, "pve1", "echo out; echo err >&2; exit 3")).toEqual({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect((await ssh(lab, "pve1", "kill -KILL $$")).exitCode).toBe(255);
  });

  it("shows one cluster on both nodes, and each guest's file in /etc/pve", async () => {
    expect(
      (
        await ssh(
          lab,
          "pve1",
          "qm create 9101 --name web-01 --memory 512 --scsi0 local-lvm:8 && qm start 9101",
        )
      ).exitCode,
    ).toBe(0);
    const seen = await ssh(
      lab,
      "pve2",
      "pvesh get /cluster/resources --type vm --output-format json; cat /etc/pve/nodes/pve1/qemu-server/9101.conf",
    );
    expect(seen.stdout).toContain('"status":"running"');
    expect(seen.stdout).toContain("name: web-01\n");
    const removed = await ssh(
      lab,
      "pve1",
      "qm stop 9101 && qm destroy 9101 >/dev/null && ls /etc/pve/qemu-server",
    );
    expect(removed).toMatchObject({ exitCode: 0, stdout: "" });
  });

  it("copies files both ways with scp", async () => {
    const file = join(directory, "payload");
    writeFileSync(file, "x".repeat(300_000));
    const { host, port } = nodeOf(lab, "pve2");
    const remote = `root@${host}:/root/payload`;
    expect(await run(["scp", ...sshOptions(lab), "-P", String(port), file, remote])).toMatchObject({
      exitCode: 0,
    });
    expect(await run(["scp", ...sshOptions(lab), "-P", String(port), remote, `${file}.back`])).toMatchObject({
      exitCode: 0,
    });
    expect(readFileSync(`${file}.back`, "utf8")).toBe(readFileSync(file, "utf8"));
  });

  it("lends a terminal of the asked size", async () => {
    const { host, port } = nodeOf(lab, "pve1");
    const { stdout } = await run([
      "ssh",
      ...sshOptions(lab),
      "-tt",
      "-p",
      String(port),
      `root@${host}`,
      "tty; echo it\\'s",
    ]);
    expect(stdout).toBe("/dev/pts/0\r\nit's\r\n");
  });

  it("has passwords and host keys of its own", async () => {
    const files = ["/etc/shadow", "/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key"];
    const { exitCode, stdout } = await ssh(lab, "pve1", `sha256sum ${files.join(" ")}`);
    expect(exitCode).toBe(0);
    for (const file of files.filter(isReadable)) {
      const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
      expect(stdout).not.toContain(digest);
    }
  });

  /** Starts a long command, kills its client and gives the process id of the command. */
  async function abandon(...options: string[]): Promise<string> {
    const { host, port } = nodeOf(lab, "pve1");
    const argv = [
      ...sshOptions(lab),
      ...options,
      "-p",
      String(port),
      `root@${host}`,
      "echo $$; exec sleep 600",
    ];
    const client = spawn("ssh", argv);
    const [pid] = (await once(createInterface(client.stdout), "line")) as [string];
    client.kill("SIGKILL");
    await once(client, "exit");
    return pid.trim();
  }

  it("lets a command run on when its client is gone, and a later one end it", async () => {
    const pid = await abandon();
    expect((await ssh(lab, "pve1", `cat /proc/${pid}/comm`)).stdout).toBe("sleep\n");
    const end = `kill -KILL ${pid}; while kill -0 ${pid} 2>/dev/null; do :; done`;
    expect((await ssh(lab, "pve1", end)).exitCode).toBe(0);
  });

  it("hangs up what ran on a terminal when its client is gone", async () => {
    const pid = await abandon("-tt");
    expect((await ssh(lab, "pve1", `while kill -0 ${pid} 2>/dev/null; do :; done`)).exitCode).toBe(0);
  });

  it.each([
    ["the host's files", () => `ls ${directory}`, /No such file/],
    [
      "the host's network",
      () => `exec 3<>/dev/tcp/127.0.0.1/${nodeOf(lab, "pve2").port}`,
      /Connection refused/,
    ],
    ["the host's programs", () => "touch /usr/bin/ls", /Permission denied|Read-only file system/],
  ])("is kept from %s", async (_what, command, refusal) => {
    const { exitCode, stderr } = await ssh(lab, "pve1", command());
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(refusal);
  });
});

it("is the same after a restart: guests, files, host keys, lost keys", async () => {
  const before = lab.nodes.map(({ hostKeyFingerprint }) => hostKeyFingerprint);
  await ssh(lab, "pve1", "qm create 9200 --name kept; echo kept > /root/file");
  await ssh(lab, "pve2", "rm /root/.ssh/authorized_keys; touch /root/.ssh/authorized_keys");
  await lab.close();
  lab = await start();
  expect(lab.nodes.map(({ hostKeyFingerprint }) => hostKeyFingerprint)).toEqual(before);
  expect((await ssh(lab, "pve1", "qm list | grep -c kept; cat /root/file")).stdout).toBe("1\nkept\n");
  expect((await ssh(lab, "pve2", "true")).exitCode).toBe(255);
  expect((await lab.journal()).filter(({ operation }) => operation === "qm create").length).toBe(2);
});

it("takes every process with it when it closes", async () => {
  const { host, port } = nodeOf(lab, "pve1");
  const client = spawn("ssh", [
    ...sshOptions(lab),
    "-p",
    String(port),
    `root@${host}`,
    "setsid sleep 654.321 & echo up; wait",
  ]);
  await once(createInterface(client.stdout), "line");
  await Promise.all([lab.close(), once(client, "exit")]);
  await lab.close();
  expect((await run(["pgrep", "-f", "sleep 654.321"])).stdout).toBe("");
});
