/** Guests that boot: by cloud-init and by a template, with files that stay, and nothing when they are gone. */
import { beforeAll, expect, it } from "vitest";
import { labOfFile } from "../machines/testing/lab-folder.ts";
import { type Admin, adminOf, TEMPLATE } from "./testing/guest-clients.ts";

const { directory, lab } = labOfFile("lab-guests-");
let admin: Admin;

beforeAll(async () => {
  admin = adminOf(lab(), directory);
  await admin.download();
});

it("boots a virtual machine by cloud-init, lets its user in by key and nobody by password, and keeps files", async () => {
  const { on, ssh, key } = admin;
  await admin.create(100, "192.168.10.60", "--name", "web", "--ciuser", "ops", "--cipassword", "Secret-1");
  await on("qm", "set", "100", "--sshkeys", encodeURIComponent(key));
  expect(await admin.start("qm", 100)).toContain("Linux version 6.12.");
  const who = await ssh(
    "ops@192.168.10.60",
    "id -un; sudo id -un; hostname; cat /etc/os-release; ls /etc/pve",
  );
  expect(who.stdout).toMatch(/^ops\nroot\nweb\nPRETTY_NAME="Debian GNU\/Linux 13 \(trixie\)"\n/);
  expect(who.stderr).toContain("/etc/pve");
  const ofRoot = await ssh("ops@192.168.10.60", "sudo cat /root/.ssh/authorized_keys");
  expect(ofRoot.stdout).toContain('Please login as the user \\"ops\\"');
  const noKey = ["-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password"];
  expect((await ssh("ops@192.168.10.60", "id", noKey)).stderr).toContain("Permission denied (publickey)");
  await ssh("ops@192.168.10.60", "echo kept >note; sudo sh -c 'echo mine >/srv/mine'");
  await on("qm", "reboot", "100");
  await lab().guests.settled();
  expect((await ssh("ops@192.168.10.60", "cat note /srv/mine")).stdout).toBe("kept\nmine\n");
  await ssh("ops@192.168.10.60", "sudo poweroff");
  await expect
    .poll(async () => (await on("qm", "status", "100")).trim(), { timeout: 5_000 })
    .toBe("status: stopped");
}, 120_000);

it("is told by a snippet what to make of itself", async () => {
  const { on, ssh, key } = admin;
  const snippet = `#cloud-config
hostname: app
ssh_pwauth: true
users:
  - name: dev
    shell: /bin/bash
    sudo: ALL=(ALL) NOPASSWD:ALL
    ssh_authorized_keys: ["${key}"]
write_files:
  - {path: /etc/app.conf, content: "port: 80", permissions: '0600'}
packages: [jq]
runcmd:
  - echo ran >/root/ran
  - [touch, "/root/a b"]
unknown_module: {}
`;
  await on("pvesm", "set", "local", "--content", "iso,vztmpl,backup,import,snippets");
  const script = 'mkdir -p /var/lib/vz/snippets; printf %s "$1" >/var/lib/vz/snippets/app.yaml';
  await admin.onNode(script, snippet);
  await admin.create(101, "dhcp", "--name", "other", "--cicustom", "user=local:snippets/app.yaml");
  const console = await admin.start("qm", 101);
  expect(console).toContain("'unknown_module' of user-data is not simulated");
  const address = "192.168.10.151";
  const seen = await ssh(
    `dev@${address}`,
    "cloud-init status --wait; hostname; sudo stat -c %a /etc/app.conf; sudo ls -1 /root; dpkg -s jq",
  );
  expect(seen.stdout).toMatch(
    /^status: done\n(?:app|other)\n600\na b\nran\nPackage: jq\nStatus: install ok installed\n/,
  );
  expect(
    (
      await ssh(
        `dev@${address}`,
        "sudo grep -c '^PasswordAuthentication yes' /etc/ssh/sshd_config.d/50-cloud-init.conf",
      )
    ).stdout,
  ).toBe("1\n");
}, 120_000);

it("boots a container from its template, with its own root", async () => {
  const { on, ssh, key } = admin;
  await on("pveam", "download", "local", TEMPLATE);
  await on(
    ...["pct", "create", "200", `local:vztmpl/${TEMPLATE}`, "--hostname", "box", "--rootfs", "local-lvm:4"],
    ...["--net0", "name=eth0,bridge=vmbr0,ip=192.168.10.70/24,gw=192.168.10.1", "--password", "Secret-12"],
  );
  expect(await admin.start("pct", 200)).toContain("box login:");

  expect((await ssh("root@192.168.10.70", "id")).exitCode).toBe(255);
  await on("pct", "destroy", "200", "--force");
  await on(
    ...["pct", "create", "200", `local:vztmpl/${TEMPLATE}`, "--hostname", "box", "--rootfs", "local-lvm:4"],
    ...["--net0", "name=eth0,bridge=vmbr0,ip=192.168.10.70/24,gw=192.168.10.1", "--ssh-public-keys", key],
  );
  await admin.start("pct", 200);
  expect(
    (
      await ssh(
        "root@192.168.10.70",
        "hostname; uname -r; ping -c1 -W2 192.168.10.201 >/dev/null && echo reached",
      )
    ).stdout,
  ).toBe("box\n6.17.2-1-pve\nreached\n");
}, 120_000);

it("does not boot without an image, and says so", async () => {
  await admin.on(..."qm create 103 --memory 64 --scsi0 local-lvm:1 --net0 virtio,bridge=vmbr0".split(" "));
  const console = await admin.start("qm", 103);
  expect(console).toContain(
    "No bootable device.\nlab: this guest does not boot: there is no image on its disk",
  );
  expect(lab().guests.machine(103)).toBeUndefined();
  expect(await admin.on("qm", "status", "103")).toBe("status: running\n");
});
