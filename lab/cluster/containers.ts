/** Containers: made from a template in a storage, with a root volume; the rest of their life is that of any guest. */
import { createHash } from "node:crypto";
import { AppError } from "../../agents/base/errors.ts";
import { attachDrive, isMountPoint, volumeAt } from "./drives.ts";
import { containerNetwork } from "./guest-config.ts";
import { CONTAINER_LOGINS, detach, type GuestRef } from "./guests.ts";
import { copyOfSystem } from "./os-images.ts";
import type { ClusterState, Guest } from "./state.ts";
import { findVolume, pathOf, storageOf } from "./storage.ts";

const DEFAULT_ROOT_GIB = 4;
/** What goes into the container and not into its configuration. */
const NOT_KEPT = [
  "ostemplate",
  "password",
  "ssh-public-keys",
  "storage",
  "pool",
  "start",
  "force",
  "restore",
  "unique",
  "bwlimit",
  "ignore-unpack-errors",
  "ha-managed",
];

/** AppError `conflict` when the template is not there. */
export function requireTemplate(state: ClusterState, ref: GuestRef, id: string): void {
  const volume = findVolume(state, ref.node, id);
  if (!volume || !["vztmpl", "backup"].includes(volume.content))
    throw new AppError("conflict", `unable to create CT ${ref.vmid} - volume '${id}' does not exist`);
}

/** Gives a new container its configuration and its volumes; returns the log. */
export function fillContainer(
  draft: ClusterState,
  guest: Guest,
  given: { options: Record<string, string>; now: number },
): string {
  const { options, now } = given;
  const kept = Object.entries(options).filter(([key]) => !NOT_KEPT.includes(key));
  const store = options["storage"] ?? "local";
  const root = (options["rootfs"] ?? String(DEFAULT_ROOT_GIB)).replace(
    /^\d+(?:\.\d+)?(?=,|$)/,
    `${store}:$&`,
  );
  const defaults = {
    arch: "amd64",
    ostype: distributionOf(options["ostemplate"] ?? ""),
    memory: "512",
    swap: "512",
    hostname: `CT${guest.vmid}`,
  };
  guest.config = {};
  const log = changeContainer(draft, guest, {
    options: { ...defaults, ...Object.fromEntries(kept), rootfs: root },
    now,
  });
  const [template, made] = [
    findVolume(draft, guest.node, options["ostemplate"] ?? ""),
    volumeAt(draft, guest, "rootfs"),
  ];
  if (made && template) Object.assign(made, copyOfSystem(template));
  keepLogin(draft, guest, options);
  return log;
}

/** What a new container lets its root in by: never shown, gone with the container. */
function keepLogin(draft: ClusterState, { vmid }: Guest, options: Record<string, string>): void {
  const { password, "ssh-public-keys": keys } = options;
  const login = { ...(password && { password }), ...(keys && { keys }) };
  draft.sections[CONTAINER_LOGINS] ??= {};
  draft.sections[CONTAINER_LOGINS][String(vmid)] = login;
}

const DISTRIBUTIONS: readonly [RegExp, string][] = [
  [/^(?:almalinux|rockylinux|centos)/, "centos"],
  [/^arch/, "archlinux"],
  [/^(?:proxmox|turnkey)/, "debian"],
  [/^(alpine|debian|devuan|fedora|gentoo|nixos|opensuse|ubuntu)/, ""],
];

/** By the name of its template: what Proxmox VE finds in its /etc. */
function distributionOf(template: string): string {
  const name = template.slice(template.lastIndexOf("/") + 1);
  const [known, type] = DISTRIBUTIONS.find(([test]) => test.test(name)) ?? [];
  return (type || known?.exec(name)?.[1]) ?? "unmanaged";
}

/** What is printed while a template becomes a root file system. */
export function unpackLog(state: ClusterState, guest: Guest, template: string): string {
  const volume = findVolume(state, guest.node, template);
  if (!volume) return "";
  const path = pathOf(storageOf(state, guest.node, volume.storage), volume);
  const keys = ["ecdsa", "ed25519", "rsa"].map((kind) => {
    const print = createHash("sha256").update(`${guest.vmid}/${kind}`).digest("base64").replace(/=$/, "");
    const name = `ssh_host_${kind}_key`;
    return `Creating SSH host key '${name}' - this may take some time ...\ndone: SHA256:${print} root@${guest.config["hostname"]}\n`;
  });
  const read = `Total bytes read: ${volume.sizeBytes * 4} (${Math.round((volume.sizeBytes * 4) / 1024 ** 2)}MiB, 190MiB/s)`;
  return `extracting archive '${path}'\n${read}\nDetected container architecture: amd64\n${keys.join("")}`;
}

/** Volumes that are replaced stay as unused, as those of a virtual machine do. */
export function changeContainer(
  draft: ClusterState,
  guest: Guest,
  given: { options: Record<string, string>; now: number },
): string {
  let log = "";
  for (const [key, value] of Object.entries(given.options)) {
    if (/^net\d+$/.test(key)) guest.config[key] = containerNetwork(guest.vmid, key, value);
    else if (isMountPoint(key)) {
      const drive = attachDrive(draft, { ...guest, now: given.now }, { key, value, content: "rootdir" });
      const before = guest.config[key]?.split(",")[0];
      if (before && before !== drive.value.split(",")[0]) detach(draft, guest, key);
      guest.config[key] = drive.value;
      log += drive.log;
    } else guest.config[key] = value;
  }
  return log;
}
