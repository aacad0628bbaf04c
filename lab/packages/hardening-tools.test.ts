/** Programs that hardening installs and uses: what they say they do is done on the node. */
import { beforeAll, expect, it } from "vitest";
import { ssh } from "../machines/testing/clients.ts";
import { labOfFile } from "../machines/testing/lab-folder.ts";

const { lab } = labOfFile("lab-tools-");

const on = (command: string, node = "pve1") => ssh(lab(), node, command);
const install = (names: string) =>
  on(`DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${names} 2>&1`);

beforeAll(async () => {
  await on(
    "sed -i '1i Enabled: no' /etc/apt/sources.list.d/pve-enterprise.sources /etc/apt/sources.list.d/ceph.sources; apt-get update",
  );
}, 120_000);

it("closes ports by ufw, for real and after a reboot, and opens them again", async () => {
  expect((await install("ufw")).exitCode).toBe(0);
  const rules = [
    "ufw allow from 192.168.10.10 to any port 22 proto tcp comment 'the admin'",
    "ufw limit in on lo",
    "ufw --force enable",
    "ufw default deny outgoing",
  ];
  const made = await on(rules.join(" && "));
  expect(made).toMatchObject({ exitCode: 0, stderr: "" });
  expect(made.stdout).toBe(
    "Rules updated\nRules updated\nRules updated (v6)\nFirewall is active and enabled on system startup\n" +
      "Default outgoing policy changed to 'deny'\n(be sure to update your rules accordingly)\n",
  );
  const asked = "curl -ksS -m 2 -o /dev/null https://192.168.10.201:8006/; echo $?";
  expect((await on(asked, "pve2")).stdout).toBe("28\n");
  await lab().computer("pve1").reboot();
  expect((await on(asked, "pve2")).stdout).toBe("28\n");
  expect((await on("ufw allow 8006/tcp; ufw allow 8006/tcp")).stdout).toBe(
    "Rule added\nRule added (v6)\nSkipping adding existing rule\nSkipping adding existing rule (v6)\n",
  );
  expect((await on(asked, "pve2")).stdout).toBe("0\n");
  const { stdout } = await on("ufw status verbose; ufw show added");
  expect(stdout).toContain("Default: deny (incoming), deny (outgoing), disabled (routed)\n");
  expect(stdout).toMatch(/^22\/tcp +ALLOW IN +192\.168\.10\.10 +# the admin$/m);
  expect(stdout).toContain(
    "ufw allow from 192.168.10.10 to any port 22 proto tcp comment 'the admin'\nufw limit in on lo\n",
  );
  expect((await on("ufw delete allow 8006/tcp && ufw disable && iptables -S | grep -c ufw")).stdout).toBe(
    "Rule deleted\nRule deleted (v6)\nFirewall stopped and disabled on system startup\n0\n",
  );
  expect((await on(asked, "pve2")).stdout).toBe("0\n");
  expect((await on("ufw allow from 1.2.3.400; ufw allow 70000; ufw allow in on 'a;b'")).stderr).toBe(
    "ERROR: Bad source address\nERROR: Bad port '70000'\nERROR: Invalid interface clause\n",
  );
}, 180_000);

it("finds by aide what has changed since", async () => {
  expect((await install("aide-common")).exitCode).toBe(0);
  await on("aideinit --force --yes; echo x >> /etc/motd; touch /root/new; rm /etc/locale.gen");
  const { exitCode, stdout } = await on("aide --config=/etc/aide/aide.conf --check");
  expect(exitCode).toBe(7);
  for (const path of ["/etc/motd", "/root/new", "/etc/locale.gen"]) expect(stdout).toContain(`\n${path}\n`);
}, 120_000);

it("takes a service with the package that it is of", async () => {
  expect((await on("systemctl is-active chrony; pgrep -c chronyd")).stdout).toMatch(/^active\n[1-9]/);
  expect((await install("systemd-timesyncd")).stdout).toContain("Removing chrony");
  const gone = await on("systemctl is-active chrony; systemctl start chrony; echo $?; pgrep -c chronyd");
  expect(gone.stdout).toBe("inactive\n5\n0\n");
  expect(gone.stderr).toContain("Unit chrony.service not found.");
  expect(
    (await on("systemctl is-active systemd-timesyncd; systemctl is-enabled systemd-timesyncd")).stdout,
  ).toBe("active\nenabled\n");
}, 120_000);

it("merges rules of auditd, and keeps the mode of a profile of AppArmor in its file", async () => {
  expect((await install("auditd apparmor-utils")).exitCode).toBe(0);
  await on("echo '-w /etc/shadow -p wa -k shadow' > /etc/audit/rules.d/shadow.rules; augenrules --load");
  expect((await on("auditctl -l; augenrules --check")).stdout).toBe(
    "-w /etc/shadow -p wa -k shadow\n/usr/sbin/augenrules: No change\n",
  );
  const { stdout } = await on(
    "aa-status --complaining; aa-complain /etc/apparmor.d/usr.sbin.chronyd; aa-status --complaining; grep -c complain /etc/apparmor.d/usr.sbin.chronyd; aa-enforce usr.sbin.chronyd; aa-status --complaining",
  );
  expect(stdout).toBe(
    "0\nSetting /etc/apparmor.d/usr.sbin.chronyd to complain mode.\n1\n1\nSetting /etc/apparmor.d/usr.sbin.chronyd to enforce mode.\n0\n",
  );
}, 120_000);

it("lets somebody in by an access list, and out again", async () => {
  await on("useradd -m ops; echo secret > /srv/secret; chmod 640 /srv/secret");
  const read = "su ops -s /bin/sh -c 'cat /srv/secret' 2>/dev/null; echo $?";
  expect((await on(read)).stdout).toBe("1\n");
  expect((await on(`setfacl -m u:ops:r /srv/secret; ${read}; getfacl -cp /srv/secret`)).stdout).toBe(
    "secret\n0\nuser::rw-\nuser:ops:r--\ngroup::r--\nmask::r--\nother::---\n\n",
  );
  expect((await on(`setfacl -b /srv/secret; ${read}`)).stdout).toBe("1\n");
  expect((await on("setfacl -m u:nobody-here:r /srv/secret")).exitCode).toBe(2);
}, 60_000);
