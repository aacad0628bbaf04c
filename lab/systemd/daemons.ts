/** What runs of a node's units: the processes that `ps` shows of each and the sockets that `ss` shows, as on Proxmox VE 9. */
import { basename } from "node:path";
import { named } from "../cluster/named.ts";
import { type BuiltIn, builtInUnits } from "./unit-view.ts";

export type DaemonProcess = {
  user: string;
  /** As the kernel keeps it, 15 characters: what `pgrep` and `ss` go by. */
  name: string;
  /** What `ps` shows: a command line, or what the daemon calls itself. */
  title: string;
  /** Has its parent's sockets open. */
  shares: boolean;
};

export type Daemon = {
  /** The first is the main one, the others are its children. */
  processes: readonly [DaemonProcess, ...DaemonProcess[]];
  /** As systemd.pl takes them; ADDRESS is the node's. */
  sockets: readonly string[];
  /** When it is started again after it has ended by itself. */
  restart: Restart;
};

type Restart = "no" | "on-failure" | "always";
type Listed = { lines: readonly string[]; sockets?: string; restart?: Restart };

const ALWAYS = { restart: "always" } as const;
const ON_FAILURE = { restart: "on-failure" } as const;

/**
 * Each line: a user, then a command line, or `=` and what it calls itself; `+` is a child that shares the sockets.
 * Who has a socket is root: of another user's processes a machine's root is not shown what they have open.
 */
const LISTED: Readonly<Record<string, Listed>> = {
  chrony: {
    lines: ["root /usr/sbin/chronyd -F 1", "+root /usr/sbin/chronyd -F 1"],
    ...{ sockets: "udp/127.0.0.1/323 udp/::1/323", ...ON_FAILURE },
  },
  corosync: { lines: ["root /usr/sbin/corosync -f"], sockets: "udp/ADDRESS/5405" },
  cron: { lines: ["root /usr/sbin/cron -f"], ...ON_FAILURE },
  dbus: {
    lines: [
      "messagebus /usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only",
    ],
  },
  "getty@tty1": { lines: ["root /sbin/agetty -o -- \\u --noreset --noclear - linux"], ...ALWAYS },
  ksmtuned: { lines: ["root /bin/bash /usr/sbin/ksmtuned", "root sleep 60"] },
  postfix: {
    lines: [
      "root /usr/lib/postfix/sbin/master -w",
      "postfix pickup -l -t unix -u -c",
      "postfix qmgr -l -t unix -u",
    ],
    sockets: "tcp/127.0.0.1/25/100 tcp/::1/25/100",
  },
  "proxmox-firewall": { lines: ["root /usr/libexec/proxmox/proxmox-firewall start"] },
  "pve-cluster": { lines: ["root /usr/bin/pmxcfs"], ...ON_FAILURE },
  "pve-firewall": { lines: ["root =pve-firewall"] },
  "pve-ha-crm": { lines: ["www-data =pve-ha-crm"] },
  "pve-ha-lrm": { lines: ["root =pve-ha-lrm"] },
  "pve-lxc-syscalld": {
    lines: [
      "root /usr/lib/x86_64-linux-gnu/pve-lxc-syscalld/pve-lxc-syscalld --system /run/pve/lxc-syscalld.sock",
    ],
  },
  pvedaemon: {
    lines: ["root =pvedaemon", ...Array<string>(3).fill("+root =pvedaemon worker")],
    ...{ sockets: "tcp/127.0.0.1/85/4096", ...ON_FAILURE },
  },
  pveproxy: {
    lines: ["root =pveproxy", ...Array<string>(3).fill("+root =pveproxy worker")],
    ...{ sockets: "api/*/8006/4096", ...ON_FAILURE },
  },
  pvescheduler: { lines: ["root =pvescheduler"] },
  pvestatd: { lines: ["root =pvestatd"] },
  rpcbind: {
    lines: ["root /sbin/rpcbind -f -w"],
    sockets: "tcp/0.0.0.0/111/4096 tcp/::/111/4096 udp/0.0.0.0/111 udp/::/111",
  },
  smartmontools: { lines: ["root /usr/sbin/smartd -n -q never"] },
  spiceproxy: {
    lines: ["root =spiceproxy", "+root =spiceproxy worker"],
    sockets: "tcp/*/3128/4096",
  },
  "systemd-journald": { lines: ["root /usr/lib/systemd/systemd-journald"], ...ALWAYS },
  "systemd-logind": { lines: ["root /usr/lib/systemd/systemd-logind"], ...ALWAYS },
  "systemd-udevd": { lines: ["root /usr/lib/systemd/systemd-udevd"], ...ALWAYS },
  "user@0": { lines: ["root /usr/lib/systemd/systemd --user", "root =(sd-pam)"] },
  "zfs-zed": { lines: ["root /usr/sbin/zed -F"], ...ALWAYS },
};

/** By the full names of their units. sshd is real, and an alias is another unit's. */
export function daemons(units: readonly BuiltIn[] = builtInUnits()): [unit: string, daemon: Daemon][] {
  return units.flatMap((unit) => {
    const daemon = daemonOf(unit);
    return daemon ? [[unit.name, daemon] as [string, Daemon]] : [];
  });
}

function daemonOf(unit: BuiltIn): Daemon | undefined {
  const isDaemon = unit.name.endsWith(".service") && unit.sub === "running" && unit.fileState !== "alias";
  if (!isDaemon || unit.name === "ssh.service") return undefined;
  const listed = named(LISTED, unit.name.replace(/\.service$/, "")) ?? { lines: [`root ${unit.what}`] };
  const [main, ...others] = listed.lines.map(processOf);
  if (!main) return undefined;
  const sockets = listed.sockets?.split(" ") ?? [];
  return { processes: [main, ...others], sockets, restart: listed.restart ?? "no" };
}

function processOf(line: string): DaemonProcess {
  const shares = line.startsWith("+");
  const [user = "", ...words] = line.replace(/^\+/, "").split(" ");
  const isTitle = words[0]?.startsWith("=");
  const title = words.join(" ").replace(/^=/, "");
  const program = words[0] === "/bin/bash" ? words[1] : words[0];
  const name = isTitle ? title : basename(program ?? "");
  return { user, name: name.slice(0, 15), title, shares };
}
