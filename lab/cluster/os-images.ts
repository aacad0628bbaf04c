/** Which files are images of an operating system that boots in the lab: those of the lab's mirror, by their real names. */
import { randomBytes } from "node:crypto";
import type { SystemCopy, Volume } from "./state.ts";

/** As people call its images: `debian-13`. */
export type OsName = "debian-13" | "ubuntu-24.04";

const CLOUD_IMAGES: readonly [OsName, RegExp][] = [
  ["debian-13", /^debian-13-(?:generic|genericcloud|nocloud)-amd64(?:-\d{8}-\d{1,6})?\.(?:qcow2|raw|img)$/],
  [
    "ubuntu-24.04",
    /^(?:noble-server-cloudimg-amd64|ubuntu-24\.04-(?:server|minimal)-cloudimg-amd64)\.(?:img|qcow2|raw)$/,
  ],
];
const TEMPLATES: readonly [OsName, RegExp][] = [
  ["debian-13", /^debian-13-standard_[\w.-]{1,20}_amd64\.tar\.zst$/],
  ["ubuntu-24.04", /^ubuntu-24\.04-standard_[\w.-]{1,20}_amd64\.tar\.zst$/],
];

/** By the last part of a path or an address; undefined for what the lab does not boot. */
export function osOfFile(path: string): OsName | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return [...CLOUD_IMAGES, ...TEMPLATES].find(([, test]) => test.test(name))?.[0];
}

/** What is on a volume that a file of this name was written to, on the file itself too. */
export function systemOfFile(path: string): Pick<Volume, "system"> {
  const os = osOfFile(path);
  return os === undefined ? {} : { system: { os, id: "", from: "" } };
}

/** For a copy of the volume: files of its own, which begin as those of the original are now. */
export function copyOfSystem({ system }: Pick<Volume, "system">): Pick<Volume, "system"> {
  return system ? { system: copyOf(system) } : {};
}

export function copyOf({ os, id }: SystemCopy): SystemCopy {
  return { os, id: randomBytes(8).toString("hex"), from: id };
}
