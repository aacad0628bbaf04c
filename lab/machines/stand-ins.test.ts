/** What a node says of itself is a Proxmox VE node's, never that of the machine that runs the lab. */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { expect, it } from "vitest";
import { countGaps } from "./gaps.ts";
import { run, ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { directory, lab } = labOfFile("lab-stand-ins-");

const on = async (command: string) => (await ssh(lab(), "pve1", command)).stdout;

it.each([
  ["uname -r", /^6\.\d+\.\d+-\d+-pve\n$/],
  ["uname -a", /^Linux pve1 6\.\S+-pve #1 SMP PREEMPT_DYNAMIC PMX .* x86_64 GNU\/Linux\n$/],
  ["cat /proc/version /proc/sys/kernel/osrelease", /^Linux version 6\.\S+-pve [\s\S]*\n6\.\S+-pve\n$/],
  ["cat /proc/cmdline", /^BOOT_IMAGE=\/boot\/vmlinuz-6\.\S+-pve root=\/dev\/mapper\/pve-root ro quiet\n$/],
  ["nproc; grep -c ^processor /proc/cpuinfo", /^4\n4\n$/],
  ["lscpu", /^CPU\(s\): +4$/m],
  ["free -m", /^Mem: +37\d\d /m],
  ["head -1 /proc/meminfo", /^MemTotal: +38\d{5} kB\n$/],
  ["df -h /", /^\/dev\/mapper\/pve-root +38G .* \/$/m],
  ["df -B1 --output=size /var/lib/vz | tail -1", /^ *40577056768\n$/],
  ["lsblk", /^ {2}├─pve-root +252:1 +0 +38\.5G +0 lvm +\/$/m],
  ["lsblk -no NAME,TYPE --list | sort -u", /^pve-data +lvm$/m],
  ["lvs --noheadings -o lv_name,lv_attr", /^ {2}data twi-aotz--$/m],
  ["vgs --noheadings --nosuffix --units g --separator ,", /^ {2}pve,1,3,0,wz--n-,\d+\.\d\d,3\.00$/m],
  ["pvs", /^ {2}\/dev\/sda3 pve +lvm2 a--/m],
  ["lspci | head -1; lsusb | head -1", /^00:00\.0 Host bridge: .*\nBus 001 /],
  ["smartctl -H /dev/sda", /result: PASSED$/m],
  ["zpool status", /^no pools available\n$/],
  ["dmidecode -s system-manufacturer", /^LENOVO\n$/],
  ["ssh -V 2>&1", /^OpenSSH_10\.0p2 Debian-7, OpenSSL /],
  ["cat /etc/os-release /usr/lib/os-release | grep VERSION_CODENAME", /^(VERSION_CODENAME=trixie\n){2}$/],
  ["hostnamectl", /^ +Boot ID: [0-9a-f]{32}\nOperating System: Debian GNU\/Linux 13 \(trixie\)$/m],
  [
    "timedatectl set-timezone Europe/Berlin; timedatectl; date +%Z",
    /Time zone: Europe\/Berlin \(.*\)[\s\S]*\nCES?T\n$/,
  ],
  ["python3 -c 'import os, platform; print(platform.release(), os.cpu_count())'", /^6\.\S+-pve 4\n$/],
  ["mount | head -6; findmnt -n /", /^\/ +\/dev\/mapper\/pve-root +ext4/m],
])("%s answers as a node does", async (command, expected) => {
  expect(await on(command)).toMatch(expected);
});

it("speaks to clients as Debian 13's OpenSSH", async () => {
  expect(await on("ssh-keyscan localhost 2>&1")).toMatch(/SSH-2\.0-OpenSSH_10\.0p2 Debian-7/);
});

it("is up since it booted, not since this machine did", async () => {
  const ownSeconds = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  expect(Number((await on("cat /proc/uptime")).split(" ")[0])).toBeLessThan(Math.min(600, ownSeconds));
});

it("gives free memory that follows its guests", async () => {
  const available = async () => Number(/MemAvailable: +(\d+)/.exec(await on("cat /proc/meminfo"))?.[1]);
  const before = await available();
  await on("qm create 9301 --name mem --memory 512 && qm start 9301");
  expect(before - (await available())).toBe(512 * 1024);
  await on("qm stop 9301 && qm destroy 9301");
});

it("shows nothing of this machine's kernel, processors, memory or programs", async () => {
  const seen = await on(
    "cat /proc/cpuinfo /proc/meminfo /proc/stat /proc/version; uname -a; hostnamectl; lscpu; lsblk; df -a; ls /usr/bin",
  );
  expect(seen).not.toContain(release());
  expect(seen).not.toContain(cpus()[0]?.model.trim() || "\0");
  expect(seen).not.toContain(String(Math.floor(totalmem() / 1024)));
  expect((await ssh(lab(), "pve1", "jq --version")).exitCode).toBe(127);
  expect((await ssh(lab(), "pve1", "docker ps")).exitCode).toBe(127);
});

it("has Proxmox' tools where a node has them", async () => {
  const paths =
    "/usr/sbin/qm /usr/sbin/pct /usr/sbin/pvesm /usr/sbin/pveum /usr/bin/pvesh /usr/bin/pvecm /usr/sbin/zpool";
  expect(await on(`ls ${paths} | wc -l`)).toBe("7\n");
  expect((await run(["test", "-e", "/usr/sbin/pveum"])).exitCode).toBe(1);
});

it("says of a node's program that the lab has not that it is not simulated, and counts it", async () => {
  for (const command of ["smartctl -x /dev/sda", "smartctl -x /dev/sda", "pveupdate"]) {
    const { exitCode, stderr } = await ssh(lab(), "pve1", command);
    expect({ exitCode, stderr }).toEqual({ exitCode: 69, stderr: `lab: '${command}' is not simulated\n` });
  }
  await ssh(lab(), "pve2", "pveupdate");
  expect(countGaps(`${directory}/lab`).filter(({ what }) => /smartctl|pveupdate/.test(what))).toEqual([
    { what: "pveupdate", count: 2 },
    { what: "smartctl -x /dev/sda", count: 2 },
  ]);
  expect((await ssh(lab(), "pve1", "no-such-program")).exitCode).toBe(127);
});
