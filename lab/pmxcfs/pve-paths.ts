/** What a path below /etc/pve says of itself: whether it is private, whose guest it configures, whether it can be one at all. */
import { FileError } from "./file-error.ts";

const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 1_024;

/** FileError for a name that pmxcfs or this file system's own bounds refuse. */
export function childPath(parent: string, name: string): string {
  if (name === "" || name === "." || name === ".." || name.includes("/")) throw new FileError("EACCES");
  if (name.includes("\uFFFD")) throw new FileError("EINVAL"); // no text
  const path = parent === "" ? name : `${parent}/${name}`;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES || Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new FileError("ENAMETOOLONG");
  return path;
}

export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** As path_is_private of pmxcfs. */
export function isPrivate(path: string): boolean {
  return /^(?:nodes\/[^/]+\/)?priv(?:\/|$)/.test(path);
}

export type GuestPath = { node: string; kind: "qemu" | "lxc"; vmid: number };

export function guestPath(path: string): GuestPath | undefined {
  const [, node, folder, vmid] = /^nodes\/([^/]+)\/(qemu-server|lxc)\/([1-9]\d{2,8})\.conf$/.exec(path) ?? [];
  if (node === undefined) return undefined;
  return { node, kind: folder === "lxc" ? "lxc" : "qemu", vmid: Number(vmid) };
}
