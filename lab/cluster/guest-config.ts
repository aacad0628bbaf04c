/** Values of a guest's configuration: which are allowed, and what Proxmox VE adds by itself. */

import { createHash } from "node:crypto";
import { isBuiltInCpu } from "./cpu-models.ts";
import { named } from "./named.ts";
import { badParameter, integer } from "./options.ts";

const BOOLEANS = ["kvm", "localtime", "numa", "onboot", "protection", "tablet"];
const RANGES: Readonly<Record<string, { min: number; max: number }>> = {
  memory: { min: 16, max: 4_178_944 },
  balloon: { min: 0, max: 4_178_944 },
  cores: { min: 1, max: 512 },
  sockets: { min: 1, max: 4 },
  vcpus: { min: 1, max: 512 },
};
const OSTYPES = "other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris".split(" ");
const MODELS = "e1000 e1000e i82551 i82557b ne2k_pci pcnet rtl8139 virtio vmxnet3".split(" ");

/** AppError `bad_arguments` for the first bad value. */
export function checkConfig(options: Record<string, string>): void {
  for (const [key, value] of Object.entries(options)) {
    const range = named(RANGES, key);
    if (range) integer(key, value, range);
    if (BOOLEANS.includes(key) && !/^(?:[01]|yes|no|on|off|true|false)$/.test(value)) {
      throw badParameter(key, `type check ('boolean') failed - got '${value}'`);
    }
    if (/[\r\n]/.test(value) && key !== "description") throw badParameter(key, "value contains a line break");
    checkWords(key, value);
  }
}

/**
 * `virtio,bridge=vmbr0` and `model=virtio,macaddr=...` become `virtio=BC:24:11:...,bridge=vmbr0`: an address from
 * Proxmox's own range, always the same for the same guest.
 */
export function withMacAddress(vmid: number, key: string, value: string): string {
  if (!/^net\d+$/.test(key)) return value;
  const given = value.split(",").filter(Boolean);
  const settings = new Map(
    given.map((part) => (part.includes("=") ? (part.split("=", 2) as [string, string]) : [part, ""])),
  );
  const model = settings.get("model") ?? MODELS.find((name) => settings.has(name)) ?? "virtio";
  const mac = settings.get("macaddr") || (settings.get(model) ?? "") || macAddress(vmid, key);
  for (const name of ["model", "macaddr", model]) settings.delete(name);
  const rest = [...settings]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, text]) => `${name}=${text}`);
  return [`${model}=${mac.toUpperCase()}`, ...rest].join(",");
}

/** The same for a container, whose interfaces have a name instead of a model. */
export function containerNetwork(vmid: number, key: string, value: string): string {
  const settings = new Map(
    value
      .split(",")
      .filter(Boolean)
      .map((part) => part.split("=", 2) as [string, string]),
  );
  if (!settings.get("name"))
    throw badParameter(
      key,
      `invalid format - format error\n${key}.name: property is missing and it is not optional`,
    );
  const name = settings.get("name") ?? "";
  settings.delete("name");
  settings.set("hwaddr", (settings.get("hwaddr") ?? macAddress(vmid, key)).toUpperCase()).set("type", "veth");
  const rest = [...settings]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, text]) => `${key}=${text}`);
  return [`name=${name}`, ...rest].join(",");
}

function macAddress(vmid: number, key: string): string {
  const hash = digest(`${vmid}/${key}`).toUpperCase();
  return `BC:24:11:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`;
}

/** What `qm create` writes of its own accord. `now` in milliseconds since the epoch. */
export function completeConfig(
  config: Record<string, string>,
  ref: { node: string; vmid: number },
  now: number,
): Record<string, string> {
  const disk = Object.keys(config)
    .sort()
    .find((key) => /^(?:scsi|virtio|sata|ide)\d+$/.test(key));
  const boot = [disk, Object.keys(config).find((key) => /^net\d+$/.test(key))].filter(Boolean).join(";");
  return {
    boot: boot ? `order=${boot}` : " ",
    meta: `creation-qemu=10.1.2,ctime=${Math.floor(now / 1000)}`,
    smbios1: `uuid=${uuid(`smbios/${ref.vmid}/${now}`)}`,
    vmgenid: uuid(`vmgenid/${ref.vmid}/${now}`),
    ...config,
  };
}

function checkWords(key: string, value: string): void {
  if (key === "name" && !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9-]{1,63})*$/i.test(value)) {
    throw badParameter("name", "invalid format - value does not look like a valid DNS name");
  }
  if (key === "ostype" && !OSTYPES.includes(value)) {
    throw badParameter(
      "ostype",
      `value '${value}' does not have a value in the enumeration '${OSTYPES.join(", ")}'`,
    );
  }
  if (key === "cpu") checkCpu(value);
  const parts = value.split(",");
  const said = parts.find((part) => part.startsWith("model="))?.slice(6);
  const model =
    said ??
    parts.map((part) => part.split("=")[0] ?? "").find((name) => MODELS.includes(name)) ??
    value.split(/[,=]/)[0] ??
    "";
  if (/^net\d+$/.test(key) && !MODELS.includes(model)) {
    throw badParameter(
      key,
      `invalid format - format error\n${key}.model: value '${model}' does not have a value in the enumeration '${MODELS.join(", ")}'`,
    );
  }
}

function checkCpu(value: string): void {
  const parts = value.split(",");
  const said = parts.find((part) => part.startsWith("cputype="))?.slice(8) ?? parts[0] ?? "";
  if (said.includes("=") || said.startsWith("custom-") || isBuiltInCpu(said)) return;
  throw badParameter("cpu", `Built-in cputype '${said}' is not defined (missing 'custom-' prefix?)`);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function uuid(seed: string): string {
  const hex = digest(seed);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
