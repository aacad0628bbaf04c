/** Users of a node are users: what is not theirs they cannot write, and what makes them more than that works. */
import type { Check } from "./world.ts";

const says = (name: string, script: string, expected: RegExp): Check => ({
  name,
  holds: async ({ root }) => {
    const { stdout, stderr } = await root("pve1", script);
    return expected.test(stdout + stderr);
  },
});

const AS_OPS = "su ops -s /bin/bash -c";

export const USER_CHECKS: readonly Check[] = [
  {
    name: "a user can be made, with a password, a home of its own and a key",
    holds: async ({ root }) => {
      const { exitCode } = await root(
        "pve1",
        "id ops 2>/dev/null || useradd -m -s /bin/bash ops; echo ops:Correct-Horse-7 | chpasswd; mkdir -p /home/ops/.ssh; " +
          "cp /root/.ssh/authorized_keys /home/ops/.ssh/; chown -R ops:ops /home/ops/.ssh; chmod 700 /home/ops/.ssh",
      );
      return exitCode === 0;
    },
  },
  says("the home belongs to the user", "stat -c '%U %G' /home/ops", /^ops ops$/m),
  says("a user cannot write /etc", `${AS_OPS} 'echo x >> /etc/hosts'`, /Permission denied/),
  says("a user cannot read /etc/shadow", `${AS_OPS} 'cat /etc/shadow'`, /Permission denied/),
  says("a user cannot read root's home", `${AS_OPS} 'ls /root'`, /Permission denied/),
  says(
    "a user cannot listen on port 80",
    `${AS_OPS} "python3 -c 'import socket; socket.socket().bind((str(), 80))'"`,
    /PermissionError/,
  ),
  says("a user cannot change the firewall", `${AS_OPS} '/usr/sbin/nft add table inet mine'`, /not permitted/),
  says("a user cannot end root's processes", `${AS_OPS} 'kill -9 1'`, /not permitted/),
  says(
    "a user's file is another's: two users keep things from each other",
    "id dev >/dev/null 2>&1 || useradd -m dev; su dev -s /bin/bash -c 'touch /home/ops/x'",
    /Permission denied/,
  ),
  says("/tmp is sticky", "touch /tmp/of-root; su ops -s /bin/bash -c 'rm -f /tmp/of-root'", /not permitted/),
  {
    name: "su from an ordinary login asks for root's password and takes it",
    holds: async ({ root, login, lab }) => {
      const file = lab.nodes.find(({ name }) => name === "pve1")?.passwordFile ?? "";
      const { readFileSync } = await import("node:fs");
      const password = readFileSync(file, "utf8").trim();
      const command = (given: string) => `echo '${given}' | su root -c 'id -u'`;
      const right = await login("pve1", { user: "ops", command: command(password) });
      const wrong = await login("pve1", { user: "ops", command: command("wrong") });
      return right.stdout === "0\n" && wrong.exitCode !== 0 && (await root("pve1", "true")).exitCode === 0;
    },
  },
  {
    name: "passwd changes one's own password and no other's",
    holds: async (world) => {
      const change = "printf '%s\\n' Correct-Horse-7 New-Battery-8 New-Battery-8 | passwd";
      const own = await world.login("pve1", { user: "ops", command: change });
      const others = await world.login("pve1", { user: "ops", command: "passwd -S root" });
      const taken = await world.passwordLogin("pve1", { user: "ops", password: "New-Battery-8" });
      await world.root("pve1", "echo ops:Correct-Horse-7 | chpasswd");
      return own.exitCode === 0 && taken && others.exitCode !== 0;
    },
  },
  {
    name: "sudo asks who it is told to ask, and does what it is told to do",
    holds: async ({ root, login }) => {
      if ((await root("pve1", "apt-get update; apt-get install -y sudo")).exitCode !== 0) return false;
      const before = await login("pve1", { user: "ops", command: "sudo -n id -u" });
      await root(
        "pve1",
        "echo 'ops ALL=(root) NOPASSWD: /usr/bin/id' > /etc/sudoers.d/ops; chmod 440 /etc/sudoers.d/ops",
      );
      const may = await login("pve1", { user: "ops", command: "sudo -n id -u" });
      const mayNot = await login("pve1", { user: "ops", command: "sudo -n cat /etc/shadow" });
      return before.exitCode !== 0 && may.stdout === "0\n" && mayNot.exitCode !== 0;
    },
  },
  {
    name: "an account that is locked has no password login any more",
    holds: async (world) => {
      await world.root("pve1", "usermod -L ops");
      const locked = await world.passwordLogin("pve1", { user: "ops", password: "Correct-Horse-7" });
      await world.root("pve1", "usermod -U ops");
      return !locked && (await world.passwordLogin("pve1", { user: "ops", password: "Correct-Horse-7" }));
    },
  },
  {
    name: "a shell of nologin lets nobody in",
    holds: async ({ root, login }) => {
      await root("pve1", "usermod -s /usr/sbin/nologin ops");
      const out = await login("pve1", { user: "ops" });
      await root("pve1", "usermod -s /bin/bash ops");
      return out.exitCode !== 0;
    },
  },
];
