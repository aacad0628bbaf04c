/** What the programs of a node tell of its disk, each of the same hardware: they agree. */
import { expect, it } from "vitest";
import type { CommandOutcome } from "../cluster/outcome.ts";
import { HARDWARE } from "./hardware.ts";

const GIB = 1024 ** 3;
const hardware = {
  ...{ name: "pve1", cpus: 4, cpuModel: "Intel(R) Core(TM) i5-4590 CPU @ 3.30GHz", machineId: "0123" },
  ...{ memoryBytes: 4 * GIB, usedMemoryBytes: 2 * GIB, units: [] },
  root: { totalBytes: 40 * GIB, usedBytes: 4 * GIB },
  pool: { totalBytes: 50 * GIB, usedBytes: 5 * GIB },
  plainVolumes: [],
  ...{ freeBytes: 3 * GIB, rootVolumeBytes: 41 * GIB },
  volumes: [{ name: "vm-100-disk-0", sizeBytes: 8 * GIB }],
};

function ask(line: string): CommandOutcome {
  const [program = "", ...words] = line.split(" ");
  const answer = HARDWARE[program];
  if (!answer) throw new Error(`no ${program}`);
  return answer({ program, words, hardware, root: "/nowhere/root", now: 0 });
}

const said = (line: string) => ask(line).stdout;

it("shows one volume group by vgdisplay, vgs and the partition that holds it", () => {
  const [, extents] = /Total PE +(\d+)/.exec(said("vgdisplay pve")) ?? [];
  const [, , , bytes] = said("vgs --noheadings --units b --nosuffix -o vg_name,pv_count,vg_attr,vg_size")
    .trim()
    .split(/ +/);
  expect(Number(extents) * 4 * 1024 ** 2).toBe(Number(bytes));
  const [, sectors] = /sda3 : start= +\d+, size= +(\d+)/.exec(said("sfdisk -d /dev/sda")) ?? [];
  expect(Number(sectors) * 512).toBe(Number(bytes) + 4 * 1024 ** 2);
  expect(said("vgdisplay -C pve")).toBe(said("vgs pve"));
});

it("shows the disk of a guest to lvdisplay and fdisk, as large and by the same number", () => {
  expect(said("lvdisplay pve/vm-100-disk-0")).toMatch(
    /LV Path +\/dev\/pve\/vm-100-disk-0\n[\s\S]*LV Pool name +data\n[\s\S]*LV Size +8\.00 GiB\n[\s\S]*Block device +252:\d+\n/,
  );
  expect(said("fdisk -l")).toContain(`Disk /dev/mapper/pve-vm--100--disk--0: 8 GiB, ${8 * GIB} bytes`);
});

it("ends partitions where the next begins, inside the disk", () => {
  const rows = [...said("fdisk -l /dev/sda").matchAll(/^\/dev\/sda\d +(\d+) +(\d+) +(\d+)/gm)].map((row) =>
    row.slice(1).map(Number),
  );
  expect(rows).toHaveLength(3);
  for (const [at, [start = 0, end = 0, count = 0]] of rows.entries()) {
    expect(end - start + 1).toBe(count);
    expect(rows[at + 1]?.[0] ?? end + 1).toBe(end + 1);
  }
  const [, last] = /last-lba: (\d+)/.exec(said("sfdisk -d /dev/sda")) ?? [];
  expect(rows.at(-1)?.[1]).toBeLessThanOrEqual(Number(last));
});

it.each([
  ["vgdisplay other", 5, '  Volume group "other" not found\n'],
  ["lvdisplay pve/other", 5, '  Failed to find logical volume "pve/other"\n'],
  ["fdisk -l /dev/sdb", 1, "fdisk: cannot open /dev/sdb: No such file or directory\n"],
  ["sfdisk -d /dev/sda1", 1, "does not contain a recognized partition table"],
  ["fdisk /dev/sda", 69, "is not simulated"],
  ["blkid /dev/mapper/pve-vm--100--disk--0", 2, ""],
  ["findmnt /nowhere", 1, ""],
  ["findmnt -o NOPE", 1, "unknown column: NOPE"],
  ["ethtool eth9", 75, "netlink error: No such device\n"],
  ["pveperf / /tmp", 255, "usage: "],
])("%s ends with %i", (line, exitCode, stderr) => {
  const outcome = ask(line);
  expect(outcome.exitCode).toBe(exitCode);
  expect(outcome.stderr).toContain(stderr);
});

it.each([
  ["findmnt -no TARGET -T /var/lib/vz", "/\n"],
  ["findmnt -nro SOURCE,FSTYPE /", "/dev/mapper/pve-root ext4\n"],
  ["blkid -s TYPE -o value /dev/sda3", "LVM2_member\n"],
  ["blkid -U 5A1C-3F09", "/dev/sda2\n"],
])("%s says %j", (line, stdout) => {
  expect(said(line)).toBe(stdout);
});

it("draws mounts below those in which they lie, and nests them in JSON", () => {
  expect(said("findmnt -no TARGET")).toContain("├─/run\n│ ├─/run/lock\n│ └─/run/user/0\n");
  const { filesystems } = JSON.parse(said("findmnt -J")) as { filesystems: { children: unknown[] }[] };
  expect(filesystems).toHaveLength(1);
  expect(filesystems[0]?.children.length).toBeGreaterThan(3);
});
