/** What a node has below /usr and /dev and this machine has not. */
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab } = labOfFile("lab-usr-additions-");

const on = async (command: string) => {
  const { stdout, stderr } = await ssh(lab(), "pve1", command);
  return stdout + stderr;
};

it("has its packages' files beside those of this machine", async () => {
  expect(await on("ls /usr/share/perl5/PVE/API2.pm /usr/share/man/man1/qm.1.gz")).not.toContain("cannot");
  expect(await on("ls -d /lib/modules/$(uname -r)")).toMatch(/^\/lib\/modules\/6\.\S+-pve\n$/);
  expect(await on("perl -MFile::Spec -e 'print 1'; ls -d /usr/share/common-licenses")).toBe(
    "1/usr/share/common-licenses\n",
  );
});

it("keeps what is written there for itself, over a reboot too", async () => {
  const file = "/usr/share/javascript/proxmox-widget-toolkit/proxmoxlib.js";
  expect(await on(`sed -i.bak s/active/x/ ${file} && grep -c "'x'" ${file}`)).toBe("1\n");
  const places = "/usr/share/lab-empty /usr/share/perl5/PVE/x.pm";
  expect(await on("touch /usr/share/perl5/PVE/x.pm && mkdir /usr/share/lab-empty")).toBe("");
  await lab().computer("pve1").reboot();
  expect(await on(`ls -d ${places}`)).toBe(`${places.replace(" ", "\n")}\n`);
  expect(existsSync("/usr/share/lab-empty")).toBe(false);
});

it("has devices of its disk and of its guests' volumes", async () => {
  expect(await on("ls /dev/pve /dev/kvm /dev/sda3")).toBe("/dev/kvm\n/dev/sda3\n\n/dev/pve:\nroot\nswap\n");
  expect(await on("ls -l /dev/mapper")).toMatch(/ pve-root -> \.\.\/dm-1$/m);
  await on("qm create 650 --scsi0 local-lvm:1");
  expect(
    await on("ls -L /dev/pve/vm-650-disk-0 $(readlink -f /dev/mapper/pve-vm--650--disk--0)"),
  ).not.toContain("cannot");
  await on("qm destroy 650");
  expect(await on("ls /dev/pve")).toBe("root\nswap\n");
});
