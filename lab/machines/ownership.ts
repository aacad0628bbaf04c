/** Files that root of this machine makes for a lab belong to the lab's own root, who is somebody else. */
import { lchownSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

type Owner = { uid: number; gid: number };

/** What root owns, down to the last file; a user's own files are the lab's already. */
export function giveTree(path: string, owner: Owner): void {
  if (process.getuid?.() !== 0 || owner.uid === 0) return;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (stats.uid === 0) lchownSync(path, owner.uid, stats.gid === 0 ? owner.gid : stats.gid);
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(path)) giveTree(join(path, name), owner);
}

/** A file of the lab's root becomes that of a group of the lab too; only root of this machine can do that. */
export function giveToGroup(path: string, owner: Owner, group: number): void {
  if (process.getuid?.() !== 0 || owner.uid === 0) return;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() && stats.gid === owner.gid) lchownSync(path, stats.uid, owner.gid + group);
}
