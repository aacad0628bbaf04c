import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../lab.ts";
import { requirePrograms, ssh } from "./testing/clients.ts";
import { makeLabFolder } from "./testing/lab-folder.ts";

const { directory, start, remove } = makeLabFolder("lab-kernel-");
let lab: Lab;
beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", sysctl: "procps" });
  lab = await start();
});
afterAll(async () => {
  await lab?.close();
  remove();
});

const onThisMachine = () => readFileSync("/proc/sys/vm/swappiness", "utf8").trim();

it("has settings of the kernel that its root writes and reads, and that this machine does not hear of", async () => {
  const before = onThisMachine();
  const other = String(Number(before) + 1);
  const written = await ssh(lab, "pve1", `sysctl -w vm.swappiness=${other}`);
  expect(written).toMatchObject({ exitCode: 0, stdout: `vm.swappiness = ${other}\n` });
  await ssh(lab, "pve1", "echo net.ipv4.ip_forward=1 > /etc/sysctl.d/90.conf; sysctl --system");
  const read = "sysctl -n vm.swappiness net.ipv4.ip_forward kernel.hostname kernel.yama.ptrace_scope";
  expect((await ssh(lab, "pve1", read)).stdout).toBe(`${other}\n1\npve1\n0\n`);
  expect((await ssh(lab, "pve2", "sysctl -n vm.swappiness")).stdout).toBe(`${before}\n`);
  expect(onThisMachine()).toBe(before);
  await lab.close();
  lab = await start();
  expect((await ssh(lab, "pve1", "cat /proc/sys/vm/swappiness")).stdout).toBe(`${other}\n`);
});

it("knows no setting that is none", async () => {
  const { exitCode, stderr } = await ssh(lab, "pve1", "sysctl -w vm.swapiness=1");
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("/proc/sys/vm/swapiness");
});

it("keeps its root from what covers the kernel: nothing can be mounted, unmounted or entered", async () => {
  for (const command of [
    "umount /proc/sys",
    "mount -o remount,rw /proc/sys",
    "mount -t proc proc /mnt",
    "unshare -Ur true",
    "date -s @1",
    "mknod /tmp/disk b 254 0",
  ]) {
    expect((await ssh(lab, "pve1", command)).exitCode, command).not.toBe(0);
  }
  const { stdout } = await ssh(lab, "pve1", "grep -E '^(CapBnd|Seccomp):' /proc/self/status");
  expect(stdout).toBe("CapBnd:\t00000000a00435fb\nSeccomp:\t2\n");
});

it("loads nothing of the node before its rights are gone", async () => {
  const library = join(directory, "lab/pve1/root/root/evil.so");
  const source = `#include <unistd.h>
#include <sys/mount.h>
__attribute__((constructor)) static void f(void) { if (umount2("/proc/sys", 2) == 0) write(2, "UNCOVERED", 9); }`;
  const { status } = spawnSync("gcc", ["-shared", "-fPIC", "-o", library, "-x", "c", "-"], { input: source });
  expect(status, "apt-get install gcc").toBe(0);
  await ssh(lab, "pve1", "echo /root/evil.so > /etc/ld.so.preload");
  const { stderr, stdout } = await ssh(lab, "pve1", "echo loaded; grep -c evil /proc/self/maps");
  expect(stdout).toMatch(/^loaded\n[1-9]/);
  expect(stderr).not.toContain("UNCOVERED");
  await ssh(lab, "pve1", "rm /etc/ld.so.preload");
});
