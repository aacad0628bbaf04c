/** `hostnamectl` and `timedatectl` of a node: what its own files say; setting a time zone changes them. */
import { existsSync, lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { linkMachineFile, readMachineFile, writeMachineFile } from "../machines/machine-files.ts";
import type { Asked } from "./stand-in.ts";

export function hostnamectl({ words, root }: Asked): CommandOutcome {
  const [verb = "status", ...rest] = words.filter((word) => word !== "--no-pager");
  const read = (path: string) => (readMachineFile(root, path) ?? "").trim();
  const name = read("etc/hostname");
  if ((verb === "hostname" || verb === "--static") && rest.length === 0) return succeeded(`${name}\n`);
  if (verb !== "status") return notSimulated(["hostnamectl", ...words].join(" "), NOT_SIMULATED);
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(read("etc/os-release"))?.[1] ?? "Linux";
  return succeeded(
    rightAligned(17, {
      "Static hostname": name,
      "Icon name": "computer-desktop",
      Chassis: "desktop 🖥️",
      "Machine ID": read("etc/machine-id"),
      "Boot ID": bootId(root),
      "Operating System": system,
      Kernel: `Linux ${KERNEL}`,
      Architecture: "x86-64",
      "Hardware Vendor": "LENOVO",
      "Hardware Model": "ThinkCentre M93p",
      "Firmware Version": "FBKTD8AUS",
    }),
  );
}

/** As the machine's own /proc/sys has it, which is beside its root. */
function bootId(root: string): string {
  const file = join(root, "../kernel/kernel/random/boot_id");
  return existsSync(file) ? readFileSync(file, "utf8").trim().replaceAll("-", "") : "0".repeat(32);
}

export function timedatectl(asked: Asked): CommandOutcome {
  const { words, root, now } = asked;
  const [verb = "status", ...rest] = words.filter((word) => word !== "--no-pager" && word !== "-a");
  const zone = zoneOf(root);
  const moment = zoned(now, zone);
  if (verb === "status")
    return succeeded(
      rightAligned(26, {
        "Local time": `${moment.text} ${moment.short}`,
        "Universal time": `${zoned(now, "Etc/UTC").text} UTC`,
        "RTC time": zoned(now, "Etc/UTC").text,
        "Time zone": `${zone} (${moment.short}, ${moment.offset})`,
        "System clock synchronized": "yes",
        "NTP service": "active",
        "RTC in local TZ": "no",
      }),
    );
  if (verb === "show")
    return show(rest, { Timezone: zone, LocalRTC: "no", CanNTP: "yes", NTP: "yes", NTPSynchronized: "yes" });
  if (verb === "set-timezone" && rest[0] !== undefined) return setZone(root, rest[0]);
  if (verb === "set-ntp") return succeeded();
  if (verb === "list-timezones")
    return succeeded(
      Intl.supportedValuesOf("timeZone")
        .map((name) => `${name}\n`)
        .join(""),
    );
  return notSimulated(["timedatectl", ...words].join(" "), NOT_SIMULATED);
}

function show(words: readonly string[], all: Readonly<Record<string, string>>): CommandOutcome {
  const wanted = words.flatMap((word, at) => {
    if (word.startsWith("--property=")) return word.slice(11).split(",");
    return word === "-p" ? (words[at + 1] ?? "").split(",") : [];
  });
  const isBare = words.includes("--value");
  const shown = Object.entries(all).filter(([key]) => wanted.length === 0 || wanted.includes(key));
  return succeeded(shown.map(([key, value]) => (isBare ? `${value}\n` : `${key}=${value}\n`)).join(""));
}

function setZone(root: string, zone: string): CommandOutcome {
  if (!/^[\w+-]+(?:\/[\w+-]+){0,2}$/.test(zone) || !existsSync(join("/usr/share/zoneinfo", zone)))
    return failed(1, `Failed to set time zone: Invalid or not installed time zone '${zone}'`);
  const isLinked = linkMachineFile(root, "/etc/localtime", `/usr/share/zoneinfo/${zone}`);
  if (!isLinked || !writeMachineFile(root, "/etc/timezone", { text: `${zone}\n` }))
    return failed(1, "Failed to set time zone: Permission denied");
  return succeeded();
}

function zoneOf(root: string): string {
  const place = join(root, "etc/localtime");
  if (!lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return "Etc/UTC";
  const [, zone] = readlinkSync(place).split("/zoneinfo/");
  return zone && Intl.supportedValuesOf("timeZone").includes(zone) ? zone : "Etc/UTC";
}

/** `Thu 2026-02-26 16:22:49`, `CET`, `+0100`. */
function zoned(now: number, timeZone: string): { text: string; short: string; offset: string } {
  const part = (options: Intl.DateTimeFormatOptions, type: Intl.DateTimeFormatPartTypes) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, ...options })
      .formatToParts(now)
      .find((each) => each.type === type)?.value ?? "";
  const day = part({ weekday: "short" }, "weekday");
  const [year, month, date] = (["year", "month", "day"] as const).map((type) =>
    part({ year: "numeric", month: "2-digit", day: "2-digit" }, type),
  );
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, hour12: false, timeStyle: "medium" }).format(now);
  const offset = part({ timeZoneName: "longOffset" }, "timeZoneName").replace(/^GMT/, "").replace(":", "");
  return {
    text: `${day} ${year}-${month}-${date} ${time}`,
    short: part({ timeZoneName: "short" }, "timeZoneName"),
    offset: offset || "+0000",
  };
}

function rightAligned(width: number, facts: Record<string, string>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key.padStart(width - 1)}: ${value}\n`)
    .join("");
}
