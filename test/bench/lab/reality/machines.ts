/** Nodes are machines: they boot, run what they have planned, and cannot touch the computer that runs the lab. */
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Check } from "./world.ts";

const HOUR_MS = 3_600_000;

const refuses = (name: string, script: string): Check => ({
  name,
  holds: async ({ root }) => (await root("pve2", script)).exitCode !== 0,
});

export const MACHINE_CHECKS: readonly Check[] = [
  {
    name: "a timer with a unit file elapses, before and after a reboot",
    holds: async ({ root, lab }) => {
      await root(
        "pve2",
        "printf '[Timer]\\nOnCalendar=hourly\\n[Install]\\nWantedBy=timers.target\\n' > /etc/systemd/system/tick.timer; " +
          "printf '[Service]\\nType=oneshot\\nExecStart=/bin/sh -c \"echo tick >> /root/ticks\"\\n' > /etc/systemd/system/tick.service; " +
          "systemctl daemon-reload; systemctl enable --now tick.timer",
      );
      await lab.advance(HOUR_MS);
      const once = await root("pve2", "cat /root/ticks");
      await lab.computer("pve2").reboot();
      await lab.advance(HOUR_MS);
      return once.stdout === "tick\n" && (await root("pve2", "cat /root/ticks")).stdout === "tick\ntick\n";
    },
  },
  {
    name: "what systemd-run has planned is lost with a reboot",
    holds: async ({ root, lab }) => {
      await root("pve2", "systemd-run --on-active=60 touch /root/lost");
      await lab.computer("pve2").reboot();
      await lab.advance(120_000);
      return (await root("pve2", "test -e /root/lost")).exitCode === 1;
    },
  },
  {
    name: "cron runs, as the user whose table it is",
    holds: async ({ root, lab }) => {
      await root(
        "pve2",
        "useradd -m jobs; echo '* * * * * id -un > ~/who' | su jobs -s /bin/sh -c 'crontab -'",
      );
      await lab.advance(120_000);
      return (await root("pve2", "cat /home/jobs/who")).stdout === "jobs\n";
    },
  },
  {
    name: "reboot ends every process, empties /tmp and keeps the files",
    holds: async ({ root, lab }) => {
      const booted = lab.computer("pve2").nextBoot();
      await root("pve2", "setsid sleep 7654 & touch /tmp/gone /root/kept; reboot");
      await booted;
      return (
        (await root("pve2", "pgrep -xf 'sleep 7654'; ls /tmp/gone /root/kept 2>/dev/null")).stdout ===
        "/root/kept\n"
      );
    },
  },
  {
    name: "a node that is off does not answer; the other one does",
    holds: async ({ root, lab }) => {
      await lab.computer("pve2").cut();
      const off =
        (await root("pve2", "true")).exitCode !== 0 &&
        (await root("pve1", "ping -c1 -W1 pve2")).exitCode !== 0;
      await lab.computer("pve2").boot();
      return off && (await root("pve2", "true")).exitCode === 0;
    },
  },
  {
    name: "a kernel setting that is written is read back, and this computer's stays",
    holds: async ({ root }) => {
      const file = "/proc/sys/vm/swappiness";
      const before = readFileSync(file, "utf8");
      const other = String((Number(before) + 7) % 100);
      const { stdout } = await root(
        "pve2",
        `sysctl -w vm.swappiness=${other} >/dev/null; sysctl -n vm.swappiness`,
      );
      return stdout === `${other}\n` && readFileSync(file, "utf8") === before;
    },
  },
  {
    name: "a node has a name of its own and does not know this computer's",
    holds: async ({ root }) => {
      const { stdout } = await root("pve2", "hostname; uname -n; cat /etc/hostname");
      return stdout === "pve2\npve2\npve2\n" && hostname() !== "pve2";
    },
  },
  {
    name: "a node sees its own processes only",
    holds: async ({ root }) => {
      const { stdout } = await root("pve2", "cat /proc/[0-9]*/comm");
      const names = stdout.split("\n");
      return names.includes("pveproxy") && !names.includes(readFileSync("/proc/self/comm", "utf8").trim());
    },
  },
  refuses("the clock of this computer cannot be set", "date -s @1"),
  refuses("nothing can be mounted", "mount -t tmpfs none /mnt"),
  refuses("what hides the kernel cannot be unmounted", "umount /proc/sys"),
  refuses("no device of this computer can be made", "mknod /root/disk b 254 0"),
  refuses("a program of this computer cannot be written", "printf '' >> /usr/bin/true"),
  {
    name: "/usr of this computer cannot be written: a node writes its own",
    holds: async ({ root }) => {
      const shared = await root(
        "pve2",
        "touch /usr/.bin/reality || touch /usr/.sbin/reality || touch /usr/include/reality",
      );
      const own = await root(
        "pve2",
        "touch /usr/bin/reality; touch /usr/lib/reality /usr/share/reality; ls /usr/bin/reality",
      );
      const isKept = ["bin", "lib", "share"].some((name) => existsSync(`/usr/${name}/reality`));
      return shared.exitCode !== 0 && own.exitCode === 0 && !isKept;
    },
  },
  {
    name: "a fork bomb ends at the machine's limit, and the neighbour does not notice",
    holds: async ({ root, lab }) => {
      await root(
        "pve2",
        "useradd -m bomb; su bomb -s /bin/bash -c 'ulimit -u 200; timeout -s KILL 3 bash -c \"f() { f | f & }; f\"' </dev/null >/dev/null 2>&1",
      );
      const alive = (await root("pve1", "true")).exitCode === 0;
      await lab.computer("pve2").cut();
      await lab.computer("pve2").boot();
      return alive && (await root("pve2", "pgrep -u bomb")).exitCode === 1;
    },
  },
];
