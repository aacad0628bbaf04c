/** The real apt and dpkg on a node, against the node's own database and the lab's mirror. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../lab.ts";
import { requirePrograms, ssh } from "../machines/testing/clients.ts";
import { makeLabFolder } from "../machines/testing/lab-folder.ts";

const { start, remove } = makeLabFolder("lab-packages-");
let lab: Lab;

beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", "apt-get": "apt", dpkg: "dpkg" });
  lab = await start();
});
afterAll(async () => {
  await lab?.close();
  remove();
});

const on = (command: string) => ssh(lab, "pve1", command);
const NO_SUBSCRIPTION =
  "printf 'Types: deb\\nURIs: http://download.proxmox.com/debian/pve\\nSuites: trixie\\nComponents: pve-no-subscription\\n" +
  "Signed-By: /usr/share/keyrings/proxmox-archive-keyring.gpg\\n' > /etc/apt/sources.list.d/proxmox.sources; " +
  'for f in pve-enterprise ceph; do echo "Enabled: no" >> /etc/apt/sources.list.d/$f.sources; done';

it("knows what a node has installed", async () => {
  const { stdout } = await on(
    "dpkg-query -W pve-manager | cut -f2; dpkg -S /usr/sbin/qm; dpkg -L pve-manager | grep pvesh; dpkg -l | grep -c ' pve-'; dpkg --audit",
  );
  expect(stdout).toMatch(/^9\.1\.\d+\nqemu-server: \/usr\/sbin\/qm\n\/usr\/bin\/pvesh\n\d\d\n$/);
  expect(await on("dpkg -s nope")).toMatchObject({ exitCode: 1 });
});

it("is refused by the enterprise repository, as a fresh node is, and updates from the free one", async () => {
  const refused = await on("apt-get update");
  expect(refused.exitCode).toBe(100);
  expect(refused.stderr).toContain(
    "E: Failed to fetch https://enterprise.proxmox.com/debian/pve/dists/trixie/InRelease  401  Unauthorized",
  );
  expect(await on(`${NO_SUBSCRIPTION}; apt-get update`)).toMatchObject({ exitCode: 0, stderr: "" });
  const { stdout } = await on("apt-cache policy pve-manager; apt-get -s dist-upgrade | tail -1");
  expect(stdout).toContain(
    "500 http://download.proxmox.com/debian/pve trixie/pve-no-subscription amd64 Packages",
  );
  expect(stdout).toContain("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.");
});

it("installs a package with its files, conffiles and unit, removes it and purges it", async () => {
  expect(await on("apt-get install -y nope")).toMatchObject({
    exitCode: 100,
    stderr: "E: Unable to locate package nope\n",
  });
  const installed = await on("DEBIAN_FRONTEND=noninteractive apt-get install -y fail2ban");
  expect(installed).toMatchObject({ exitCode: 0, stderr: "" });
  expect(installed.stdout).toContain("Setting up fail2ban (1.1.0-8)");
  const { stdout } = await on(
    "systemctl is-active fail2ban; systemctl is-enabled fail2ban; pgrep -f '^/usr/bin/fail2ban' | wc -l; dpkg -S /etc/fail2ban/jail.conf; dpkg -s fail2ban | grep -c jail.conf",
  );
  expect(stdout).toBe("active\nenabled\n1\nfail2ban: /etc/fail2ban/jail.conf\n1\n");
  await on("apt-get remove -y fail2ban");
  expect(
    (await on("dpkg -l fail2ban | tail -1; ls /etc/fail2ban/jail.conf; pgrep -f '^/usr/bin/fail2ban'"))
      .stdout,
  ).toMatch(/^rc {2}fail2ban .*\n\/etc\/fail2ban\/jail\.conf\n$/);
  await on("apt-get purge -y fail2ban");
  expect(await on("ls /etc/fail2ban/jail.conf; dpkg -l fail2ban")).toMatchObject({ exitCode: 1, stdout: "" });
});

it("keeps what was installed over a reboot, and starts it", async () => {
  expect((await on("apt-get install -y nginx qemu-guest-agent auditd sudo")).exitCode).toBe(0);
  await on("echo '# mine' >> /etc/nginx/nginx.conf");
  await lab.computer("pve1").reboot();
  const { stdout } = await on(
    "systemctl is-active nginx auditd; nginx -t 2>&1; tail -1 /etc/nginx/nginx.conf; getent group sudo; dpkg -s nginx | head -2",
  );
  expect(stdout).toMatch(
    /^active\nactive\nnginx: configuration .* successful\n# mine\nsudo:x:\d+:\nPackage: nginx\nStatus: install ok installed\n$/,
  );
});

it("loses no package that Proxmox VE needs unless somebody insists", async () => {
  const { exitCode, stdout, stderr } = await on("apt-get remove -y rpcbind");
  expect(exitCode).toBe(100);
  expect(stdout).toMatch(/REMOVED:\n.* nfs-common .*proxmox-ve .*pve-manager /s);
  expect(stderr).toContain("W: (pve-apt-hook) You are attempting to remove the meta-package 'proxmox-ve'!");
  expect((await on("dpkg -s rpcbind proxmox-ve | grep -c 'ok installed'")).stdout).toBe("2\n");
});

it("holds a package that is told to stay", async () => {
  expect((await on("apt-mark hold pve-manager; apt-mark showhold; apt-mark unhold pve-manager")).stdout).toBe(
    "pve-manager set on hold.\npve-manager\nCanceled hold on pve-manager.\n",
  );
});
