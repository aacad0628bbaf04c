/** Folders of /usr, otherwise this machine's, into which packages and administrators of a node write: they are the node's own. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pamFolder } from "../system/pam-folder.ts";
import { PAM_PROFILES } from "./pam-files.ts";

const PROFILES = "usr/share/pam-configs";
/** As this machine has them at first; the others begin empty. */
const COPIED = ["usr/lib/tmpfiles.d"];

/** Below the root, and below `own` of the node's directory. Only those for which this machine has a place. */
export function ownFolders(): string[] {
  const modules = pamFolder();
  const folders = [...COPIED, PROFILES, "usr/share/dict", "usr/share/doc", ...(modules ? [modules] : [])];
  return folders.filter((path) => existsSync(`/${path}`));
}

/** Once; afterwards they are the node's own. */
export function makeOwnFolders(directory: string): void {
  const own = join(directory, "own");
  if (existsSync(own)) return;
  for (const path of [...ownFolders(), PROFILES]) {
    if (COPIED.includes(path) || path === pamFolder())
      cpSync(`/${path}`, join(own, path), { recursive: true, verbatimSymlinks: true });
    else mkdirSync(join(own, path), { recursive: true });
  }
  for (const [name, text] of Object.entries(PAM_PROFILES)) writeFileSync(join(own, PROFILES, name), text);
}
