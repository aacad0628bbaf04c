/** Keeps a node's /etc/pve equal to the cluster's: brought up to date before and after everything that may read it. */
import {
  type Dirent,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describeError, isAppError } from "../../agents/base/errors.ts";
import type { ClusterClient, ClusterFiles } from "./cluster-client.ts";

export type Mirror = {
  /** Without the cluster the files stay as they are. */
  sync(): Promise<void>;
};

export type MirrorOptions = {
  directory: string;
  node: string;
  cluster: ClusterClient;
  /** Told of the folder after each change. */
  own?: (directory: string) => void;
  /** Told once of what keeps the files from being written; without it that is thrown. */
  tell?: (message: string) => void;
};

export function createMirror(options: MirrorOptions): Mirror {
  const { directory } = options;
  let revision = -1;
  let told = "";
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const update = async () => {
    next = undefined;
    const latest = await options.cluster.files();
    if (latest.revision === revision) return;
    writeTree(directory, options.node, latest);
    options.own?.(directory);
    revision = latest.revision;
    told = "";
  };
  return {
    sync: () => {
      next ??= last.then(update, update);
      last = next;
      return last.catch((error: unknown) => {
        // A node without its cluster keeps working on what it knows; the cluster's own tools say that it is away.
        if (isAppError(error, "unavailable")) return;
        if (!options.tell) throw error;
        const message = `unable to bring /etc/pve up to date: ${describeError(error)}`;
        if (message !== told) options.tell(message);
        told = message;
      });
    },
  };
}

type Kind = "folder" | "file" | "link";

function writeTree(directory: string, node: string, { folders, files }: ClusterFiles): void {
  const links = new Map([["local", `nodes/${node}`]]);
  for (const name of ["qemu-server", "lxc"]) links.set(name, `nodes/${node}/${name}`);
  const wanted = new Map<string, Kind>();
  for (const path of [...folders, ...[...Object.keys(files), ...links.keys()].map(dirname)])
    for (let one = path; one !== "." && !wanted.has(one); one = dirname(one)) wanted.set(one, "folder");
  for (const path of Object.keys(files)) wanted.set(path, "file");
  for (const path of links.keys()) wanted.set(path, "link");
  mkdirSync(directory, { recursive: true });
  removeOthers(directory, "", wanted);
  for (const [path, kind] of wanted)
    if (kind === "folder") mkdirSync(join(directory, path), { recursive: true });
  for (const [path, target] of links)
    if (!lstatSync(join(directory, path), { throwIfNoEntry: false }))
      symlinkSync(target, join(directory, path));
  for (const [path, content] of Object.entries(files))
    writeIfNew(join(directory, path), content, `${directory}.new`);
}

/** What is not wanted, or is of another kind than it is wanted. */
function removeOthers(directory: string, folder: string, wanted: ReadonlyMap<string, Kind>): void {
  for (const entry of readdirSync(join(directory, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const kind = kindOf(entry);
    if (wanted.get(path) !== kind) rmSync(join(directory, path), { recursive: true });
    else if (kind === "folder") removeOthers(directory, path, wanted);
  }
}

function kindOf(entry: Dirent): Kind {
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "file";
}

/** `draft` lies on the same file system, beside the whole: a name of /etc/pve may be as long as a name can be. */
function writeIfNew(path: string, content: string, draft: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === content) return;
  writeFileSync(draft, content, { mode: 0o640 });
  renameSync(draft, path);
}
