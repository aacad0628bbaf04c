/** What hardening takes hold of besides files: mounts, PAM, modules of the kernel. */
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab } = labOfFile("lab-hardening-");

const on = (command: string) => ssh(lab(), "pve1", command);

it("remounts what is the node's own for real, and nothing else", async () => {
  const shm = "cp /bin/true /dev/shm/t; /dev/shm/t 2>/dev/null; echo $?";
  expect((await on(shm)).stdout).toBe("0\n");
  expect(await on("mount -o remount,noexec /dev/shm")).toMatchObject({ exitCode: 0, stderr: "" });
  expect((await on(`${shm}; mount | grep shm; grep -c nosuid,nodev,noexec /proc/mounts`)).stdout).toBe(
    "126\ntmpfs on /dev/shm type tmpfs (rw,nosuid,nodev,inode64,noexec)\n1\n",
  );
  expect((await on("mount -o remount,suid,exec /dev/shm; grep shm /proc/mounts")).stdout).toContain("nosuid");
  expect((await on("mount -o remount,nonsense=1 /run")).exitCode).toBe(32);
  expect((await on("mount -o remount,ro /")).exitCode).toBe(69);
  await on("echo 'tmpfs /tmp tmpfs noexec 0 0' >> /etc/fstab");
  await lab().computer("pve1").reboot();
  expect((await on("findmnt -n /tmp; findmnt -n /dev/shm")).stdout).toBe(
    "/tmp tmpfs tmpfs rw,nosuid,nodev,inode64,noexec\n/dev/shm tmpfs tmpfs rw,nosuid,nodev,inode64\n",
  );
  await on("sed -i '/noexec/d' /etc/fstab; mount -o remount,exec /tmp");
}, 60_000);

it("finds its PAM stacks as pam-auth-update left them, and gives a package's part back", async () => {
  const sums = "md5sum /etc/pam.d/common-* /var/lib/pam/*";
  const update = "DEBIAN_FRONTEND=noninteractive pam-auth-update --package";
  expect((await on(`${sums} > /root/sums; ${update} && md5sum --quiet -c /root/sums`)).stdout).toBe("");
  const install = "apt-get update >/dev/null 2>&1; apt-get install -y libpam-passwdqc >/dev/null 2>&1";
  expect((await on(`${install}; grep -c passwdqc /etc/pam.d/common-password`)).stdout).toBe("1\n");
  expect((await on("echo root:Another-3 | chpasswd")).exitCode).toBe(0);
  const purge = "apt-get purge -y libpam-passwdqc >/dev/null 2>&1; md5sum --quiet -c /root/sums";
  expect(await on(purge)).toMatchObject({ exitCode: 0, stdout: "" });
}, 60_000);

it("loads modules as modprobe.d says", async () => {
  const { stdout } = await on(
    "modprobe nf_conntrack && lsmod | head -2; modprobe nonsense; echo $?; modprobe -r nf-conntrack; lsmod | grep -c nf_",
  );
  expect(stdout).toBe("Module                  Size  Used by\nnf_conntrack           65536  0\n1\n0\n");
});
