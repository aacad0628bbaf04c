import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lab, startLab } from "../lab.ts";
import { removeLab } from "./remove-lab.ts";
import { requirePrograms, run, ssh, sshOptions } from "./testing/clients.ts";
import { tunnel } from "./testing/lab-api.ts";

let directory: string;
let lab: Lab;

beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", nft: "nftables" });
  directory = mkdtempSync(join(tmpdir(), "lab-forward-"));
  lab = await startLab({ directory, start: "fresh", signal: new AbortController().signal });
});
afterAll(async () => {
  await lab?.close();
  await removeLab(directory);
});

/** The realms, which are for everybody to see. */
const FROM_NEIGHBOUR =
  'python3 -c \'import ssl, urllib.request as u; print(u.urlopen("https://pve1:8006/api2/json/access/domains", ' +
  'timeout=3, context=ssl.create_default_context(cafile="/etc/pve/pve-root-ca.pem")).read().decode())\'';
const REALM = "Proxmox VE authentication server";

it("leads port 8006 of a node to the cluster's API, with a certificate that a neighbour can check", async () => {
  expect((await ssh(lab, "pve2", FROM_NEIGHBOUR)).stdout).toContain(REALM);
});

it("reaches nothing but the lab: no name, no address of this computer or the world", async () => {
  expect(await tunnel(lab, "localhost:8006")).toBe(400);
  expect(await tunnel(lab, "127.0.0.1:8006")).toBe(0);
  expect(await tunnel(lab, "1.1.1.1:443")).toBe(0);
});

it("takes ssh to the address that the cluster reports", async () => {
  const jump = `perl -e 'use Socket; socket S, PF_INET, SOCK_STREAM, 0; connect S, pack_sockaddr_in ${new URL(lab.proxyUrl).port}, inet_aton "127.0.0.1"; $| = 1; syswrite S, "CONNECT %h:%p HTTP/1.1\\r\\n\\r\\n"; do { sysread S, $c, 1; $h .= $c } until $h =~ /\\r\\n\\r\\n/; if (!fork) { while (sysread STDIN, $b, 65536) { syswrite S, $b } shutdown S, 1; exit } while (sysread S, $b, 65536) { syswrite STDOUT, $b }'`;
  const words = [...sshOptions(lab), "-o", `ProxyCommand=${jump}`, "root@192.168.10.202", "hostname"];
  expect(await run(["ssh", ...words])).toMatchObject({ exitCode: 0, stdout: "pve2\n" });
});

it("is closed by the node's own firewall, and open again after a reboot", async () => {
  await ssh(
    lab,
    "pve1",
    "nft add table inet t; nft 'add chain inet t i { type filter hook input priority 0; }'",
  );
  await ssh(lab, "pve1", "nft add rule inet t i tcp dport 8006 reject");
  expect((await ssh(lab, "pve2", FROM_NEIGHBOUR)).exitCode).not.toBe(0);
  await lab.computer("pve1").reboot();
  expect((await ssh(lab, "pve2", FROM_NEIGHBOUR)).stdout).toContain(REALM);
});
