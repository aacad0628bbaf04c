/** Keeps a node's /etc/pve equal to the cluster's: brought up to date before and after everything that may read it. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isAppError } from "../../agents/base/errors.ts";
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
};

export function createMirror(options: MirrorOptions): Mirror {
  const { directory } = options;
  let revision = -1;
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const update = async () => {
    next = undefined;
    const latest = await options.cluster.files();
    if (latest.revision === revision) return;
    writeTree(directory, options.node, latest);
    options.own?.(directory);
    revision = latest.revision;
  };
  return {
    sync: () => {
      next ??= last.then(update, update);
      last = next;
      return last.catch((error: unknown) => {
        // A node without its cluster keeps working on what it knows; the cluster's own tools say that it is away.
        if (!isAppError(error, "unavailable")) throw error;
      });
    },
  };
}

function writeTree(directory: string, node: string, { folders, files }: ClusterFiles): void {
  for (const folder of folders) mkdirSync(join(directory, folder), { recursive: true });
  linkOnce(`nodes/${node}`, join(directory, "local"));
  for (const name of ["qemu-server", "lxc"]) linkOnce(`nodes/${node}/${name}`, join(directory, name));
  for (const folder of folders) {
    const present = readdirSync(join(directory, folder)).map((name) => `${folder}/${name}`);
    for (const path of present) if (!(path in files)) rmSync(join(directory, path), { recursive: true });
  }
  for (const [path, content] of Object.entries(files)) writeIfNew(join(directory, path), content);
}

function linkOnce(target: string, path: string): void {
  if (!existsSync(path)) symlinkSync(target, path);
}

function writeIfNew(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === content) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content, { mode: 0o640 });
  renameSync(`${path}.new`, path);
}
