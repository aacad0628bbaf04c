/** A unit of systemd as `systemctl` sees it, whatever is behind it; and the units that every node has. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { named } from "../cluster/named.ts";

export type UnitView = {
  /** With its type: `ssh.service`. */
  name: string;
  description: string;
  load: "loaded" | "masked";
  active: "active" | "inactive" | "failed";
  sub: string;
  /** `enabled`, `disabled`, `static`, `masked`, `transient`, `alias`... */
  fileState: string;
  /** Its file, as the machine sees it. */
  fragment: string;
  text: string;
  pid: number;
  /** What its main process is called, and what `ps` shows of it; as the unit where left out. */
  process?: { name: string; title: string };
  /** Milliseconds since 1970 of its last change. */
  since: number;
  canReload: boolean;
  /** Of a timer, in milliseconds since 1970. */
  next?: number | undefined;
};

export type BuiltIn = {
  name: string;
  fileState: string;
  sub: string;
  description: string;
  /** A service's command, a timer's calendar, a socket's address. */
  what: string;
  target: string;
};

let kept: readonly BuiltIn[] | undefined;

/** What a fresh node has beyond what somebody put there; source: `systemctl list-units --all` of Proxmox VE 9. */
export function builtInUnits(): readonly BuiltIn[] {
  kept ??= readFileSync(join(import.meta.dirname, "node-units.txt"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", fileState = "", sub = "", description = "", what = "", target = ""] = line.split("|");
      return { name, fileState, sub, description, what, target };
    });
  return kept;
}

/** Which program a service runs, as `usr/sbin/chronyd`; undefined where it is of no package that can be removed. */
export function programOf({ name, what }: BuiltIn): string | undefined {
  const [path = ""] = what.split(" ");
  return name.endsWith(".service") && /^\/usr\/s?bin\//.test(path) ? path.slice(1) : undefined;
}

const RELOADABLE =
  "nftables pve-firewall pvedaemon pveproxy pvestatd spiceproxy ssh postfix apparmor networking frr".split(
    " ",
  );

export function isReloadable(name: string): boolean {
  return RELOADABLE.includes(name.replace(/\.service$/, ""));
}

/** By its full name. */
export function isBuiltIn(name: string): boolean {
  return builtInUnits().some((unit) => unit.name === name);
}

const VENDOR_FOLDER = "/usr/lib/systemd/system";

/** The file behind a unit, which is another's for an alias. */
export function vendorFile(name: string): string {
  return `${VENDOR_FOLDER}/${name === "ctrl-alt-del.target" ? "reboot.target" : name}`;
}

/** As its package has it, in what people and programs read of it. */
export function unitText({ name, description, what, target, sub }: BuiltIn): string {
  const install = target === "" ? "" : `\n[Install]\nWantedBy=${target}\n`;
  const head = `[Unit]\nDescription=${description}\n`;
  if (name === "ctrl-alt-del.target")
    return `${head}Requires=systemd-reboot.service\nAfter=systemd-reboot.service\nAllowIsolate=yes\n\n[Install]\nAlias=${name}\n`;
  if (name.endsWith(".timer")) return `${head}\n[Timer]\nOnCalendar=${what}\nPersistent=true\n${install}`;
  if (name.endsWith(".socket")) return `${head}\n[Socket]\nListenStream=${what}\n${install}`;
  if (!name.endsWith(".service")) return head + install;
  const type = sub === "exited" || sub === "dead" ? "Type=oneshot\nRemainAfterExit=yes\n" : "Type=notify\n";
  const reload = isReloadable(name) ? "ExecReload=/bin/kill -HUP $MAINPID\n" : "";
  return `${head}\n[Service]\n${type}ExecStart=${what}\n${reload}${install}`;
}

/** What a unit of this kind is when it has been started. */
export function subOf(name: string, builtIn?: BuiltIn): string {
  if (name.endsWith(".timer")) return "waiting";
  if (name.endsWith(".socket")) return "listening";
  if (name.endsWith(".target")) return "active";
  return builtIn?.sub === "exited" ? "exited" : "running";
}

export function fullName(name: string): string {
  const aliases: Readonly<Record<string, string>> = {
    "sshd.service": "ssh.service",
    "chronyd.service": "chrony.service",
  };
  const full = /\.(?:service|timer|socket|target|mount|path|slice|scope)$/.test(name)
    ? name
    : `${name}.service`;
  return named(aliases, full) ?? full;
}

/** Of one of a node that runs, or does not. */
export function stateOf(
  unit: BuiltIn,
  isActive: boolean,
  hasFailed: boolean,
): Pick<UnitView, "active" | "sub"> {
  if (isActive) return { active: "active", sub: runningSub(unit) };
  return hasFailed ? { active: "failed", sub: "failed" } : { active: "inactive", sub: "dead" };
}

function runningSub(unit: BuiltIn): string {
  return unit.sub === "dead" ? subOf(unit.name, unit) : unit.sub;
}
