/** Options of a guest as they come with a request: which privilege each needs, which storages and bridges it uses. */
import { isDrive, isMountPoint, parseDrive } from "../cluster/drives.ts";
import { badParameter } from "../cluster/options.ts";
import type { GuestKind, Row } from "../cluster/state.ts";
import { type Call, require } from "./call.ts";
import { parseParameters } from "./parameters.ts";
import schema from "./schema.json" with { type: "json" };

/** Of a request, not of a configuration. */
const ABOUT_THE_REQUEST = (
  "node vmid delete digest revert force skiplock background_delay bwlimit archive storage pool start unique " +
  "live-restore import-working-storage ha-managed ostemplate password ssh-public-keys restore ignore-unpack-errors"
).split(" ");

const PRIVILEGES: readonly [RegExp, string][] = [
  [/^(?:cores|sockets|vcpus|cpu|cpulimit|cpuunits|numa\d*|affinity)$/, "VM.Config.CPU"],
  [/^(?:memory|balloon|shares|hugepages|swap)$/, "VM.Config.Memory"],
  [/^net\d+$|^(?:hostname|nameserver|searchdomain)$/, "VM.Config.Network"],
  [/^(?:ci(?:custom|password|type|user|upgrade)|sshkeys|ipconfig\d+)$/, "VM.Config.Cloudinit"],
  [
    /^(?:bios|machine|scsihw|vga|tablet|keyboard|acpi|kvm|audio\d|usb\d+|serial\d|parallel\d|watchdog|rng0|efidisk0|tpmstate0|smbios1|vmgenid|hotplug)$/,
    "VM.Config.HWType",
  ],
];

/** As a configuration file holds them: text. */
export function optionsOf(params: Row): Record<string, string> {
  const kept = Object.entries(params).filter(([name]) => !ABOUT_THE_REQUEST.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

/** ParameterError for what no guest of this kind has. */
export function requireKnown(kind: GuestKind, removed: readonly string[]): void {
  const { params } = schema[`PUT /nodes/{node}/${kind}/{vmid}/config`];
  const known = parseParameters(params).map(({ name }) => name);
  const isKnown = (key: string) => known.includes(key) || known.includes(key.replace(/\d{1,3}$/, "[n]"));
  const stray = removed.find((key) => !isKnown(key));
  if (stray) throw badParameter("delete", `unknown option '${stray}'`);
}

/** StatusError 403 for the first option that the caller may not set. */
export function requireOptions(call: Call, kind: GuestKind, options: Readonly<Record<string, string>>): void {
  const path = `/vms/${call.params["vmid"]}`;
  for (const [key, value] of Object.entries(options)) {
    require(call, path, privilegeOf(key, value));
    const { file, settings } = parseDrive(value);
    const store = file.split(":")[0] ?? "";
    const isVolume = (kind === "qemu" ? isDrive : isMountPoint)(key) && file.includes(":");
    if (isVolume && /:(?:\d+(?:\.\d+)?|cloudinit)$/.test(file))
      require(call, `/storage/${store}`, "Datastore.AllocateSpace");
    const bridge = /^net\d+$/.test(key)
      ? (settings.get("bridge") ?? /(?:^|,)bridge=([^,]+)/.exec(value)?.[1])
      : undefined;
    if (bridge) require(call, `/sdn/zones/localnet/${bridge}`, "SDN.Use");
  }
}

function privilegeOf(key: string, value: string): string {
  if (isMountPoint(key)) return "VM.Config.Disk";
  const named = PRIVILEGES.find(([test]) => test.test(key))?.[1];
  if (named) return named;
  if (isDrive(key)) return /media=cdrom/.test(value) ? "VM.Config.CDROM" : "VM.Config.Disk";
  return "VM.Config.Options";
}
