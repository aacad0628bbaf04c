/** /etc/pve as a tree: what the state makes of it, what was written by hand over that, and what pmxcfs itself adds. */
import { named } from "../cluster/named.ts";
import { clusterFolders, generatedFiles } from "../cluster/pmxcfs.ts";
import type { ClusterState, WrittenFile } from "../cluster/state.ts";
import { parentPath } from "./pve-paths.ts";

export type Entry = { mtime: number } & (
  | { kind: "folder" }
  | { kind: "link"; target: string }
  | { kind: "file"; content: Buffer /** Made by pmxcfs alone. */; isFixed: boolean }
);

export type FixedFiles = Readonly<Record<string, string>>;

/** By path; the root is the empty one. */
export type PveTree = ReadonlyMap<string, Entry>;

const FOLDERS =
  "ceph firewall ha mapping nodes priv priv/acme priv/lock priv/notifications sdn virtual-guest".split(" ");

/** Without a node's own links. Times are those of the boot, but for what was written. */
export function pveTree(state: ClusterState, fixed: FixedFiles): PveTree {
  const mtime = Math.floor(Date.parse(state.bootedAt) / 1000);
  const tree = new Map<string, Entry>();
  const addFolder = (path: string): void => {
    if (tree.has(path)) return;
    if (path !== "") addFolder(parentPath(path));
    tree.set(path, { kind: "folder", mtime });
  };
  for (const path of ["", ...FOLDERS, ...clusterFolders(state), ...(state.pmxcfs?.folders ?? [])])
    addFolder(path);
  for (const [path, { content, mtime: changed = mtime }] of contents(state, fixed)) {
    addFolder(parentPath(path));
    tree.set(path, { kind: "file", content, mtime: changed, isFixed: path.startsWith(".") });
  }
  return tree;
}

type Content = { content: Buffer; mtime?: number };

function contents(state: ClusterState, fixed: FixedFiles): Map<string, Content> {
  const made = new Map<string, Content>();
  const generated = { ...fixed, ...generatedFiles(state) };
  for (const [path, text] of Object.entries(generated)) made.set(path, { content: Buffer.from(text) });
  for (const [path, file] of state.pmxcfs?.files ?? []) {
    if (!isInForce(file, named(generated, path))) continue;
    if (file.content === null) made.delete(path);
    else made.set(path, { content: Buffer.from(file.content, "latin1"), mtime: file.mtime });
  }
  return made;
}

function isInForce({ basis }: WrittenFile, generated: string | undefined): boolean {
  return basis === (generated ?? null);
}

/** Links of one node, by path. */
export function nodeLinks(node: string): ReadonlyMap<string, string> {
  const folders = ["qemu-server", "lxc", "openvz"].map((name) => [name, `nodes/${node}/${name}`] as const);
  return new Map([["local", `nodes/${node}`] as const, ...folders]);
}
