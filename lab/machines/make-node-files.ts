/** All files of a node that are there before it boots, in the folder that the lab keeps for it. */
import { join } from "node:path";
import { type Identity, writeIdentity } from "./identity.ts";
import { makeKernelSettings } from "./kernel-settings.ts";
import { canMountPmxcfs } from "./mount-pmxcfs.ts";
import type { LabNetwork } from "./network.ts";
import { makeSystem } from "./node-files.ts";
import { giveToGroup, giveTree } from "./ownership.ts";
import { customizePython } from "./proc-files.ts";
import { installPrograms } from "./programs.ts";
import { makeAdditions } from "./usr-additions.ts";

export type NodePlace = {
  network: LabNetwork;
  /** Keeps the node between starts: its files, its keys, the password of root. */
  directory: string;
  identity: Identity;
  /** All nodes, this one too. */
  neighbours: readonly Identity[];
  /** Content of the authorized_keys of root, written when the node has none yet. */
  authorizedKeys: string;
};

/** The number of its group on Debian. */
const SHADOW = 42;

/** Written once, but for what says who it is; then they are the machine's own. */
export function makeNodeFiles(
  { directory, identity, neighbours, authorizedKeys, network }: NodePlace,
  password: string,
): void {
  const root = join(directory, "root");
  makeSystem(root, { ...identity, password, neighbours });
  writeIdentity({ root, own: identity, all: neighbours, authorizedKeys, sharesKeys: canMountPmxcfs() });
  installPrograms(join(directory, "lab"), root);
  makeAdditions(directory);
  customizePython(root);
  makeKernelSettings(join(directory, "kernel"), identity.name);
  giveTree(directory, network.users.root);
  for (const name of ["gshadow", "shadow"]) giveToGroup(join(root, "etc", name), network.users.root, SHADOW);
}
