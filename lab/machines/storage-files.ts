/**
 * Keeps the folders of a node's storages and the cluster's state the same: what somebody puts there becomes a volume, what
 * the cluster makes or removes becomes a file or goes. Files are made inside the machine, as its root, and are empty ones
 * of their whole size.
 */
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { NodeFiles, WantedFile } from "../cluster/node-storage-files.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { Machine } from "./machine.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { openWithin } from "./open-within.ts";
import { runIn } from "./run-in.ts";

export type StorageFilesOptions = {
  /** The machine's: in it `root` is its `/`. */
  directory: string;
  cluster: ClusterClient;
  /** Undefined while it is off: then nothing is made. */
  machine(): Machine | undefined;
};

/** Beside the machine's root. */
const KNOWN = "storage-files.json";
/** What has been there already, for the state as well as on the disk. */
type Known = {
  files: string[];
  folders: string[] /** By path, what was written. */;
  texts: Record<string, string>;
};

/** One at a time, in the order in which they are asked for. */
export function createStorageFiles(options: StorageFilesOptions): { sync(): Promise<void> } {
  return { sync: oneAtATime(() => compare(options)) };
}

async function compare({ directory, cluster, machine }: StorageFilesOptions): Promise<void> {
  const root = join(directory, "root");
  const before = readKnown(directory);
  const known = new Set(before.files);
  const asked = await cluster.storageFiles({});
  const seen = new Map<string, number>();
  const looked = asked.folders.filter((folder) => look(root, folder, seen));
  const wanted = await report({ asked, cluster, known, seen, looked });
  const isStored = (path: string) =>
    [...wanted.folders, ...wanted.made].some((folder) => path.startsWith(`${folder}/`));
  const paths = wanted.files.map(({ path }) => path);
  const changed: Change = {
    folders: wanted.made.filter(
      (folder) => !before.folders.includes(folder) && !existsSync(join(root, folder)),
    ),
    files: wanted.files.filter(
      ({ path, text }) => (!seen.has(path) && !known.has(path)) || isOther(before.texts[path], text),
    ),
    // A storage that is gone leaves its files.
    gone: before.files.filter((path) => !paths.includes(path) && (path in before.texts || isStored(path))),
  };
  const texts = Object.fromEntries(
    wanted.files.flatMap(({ path, text }) => (text === undefined ? [] : [[path, text]])),
  );
  const isMore = changed.folders.length + changed.files.length + changed.gone.length > 0;
  const up = machine();
  if (isMore && up) await change(up, changed);
  if (!isMore || up) keepKnown(directory, before, { files: paths, folders: wanted.made, texts });
}

function readKnown(directory: string): Known {
  const file = join(directory, KNOWN);
  const nothing = { files: [], folders: [], texts: {} };
  return existsSync(file) ? { ...nothing, ...(JSON.parse(readFileSync(file, "utf8")) as Known) } : nothing;
}

function keepKnown(directory: string, before: Known, now: Known): void {
  const text = JSON.stringify(now);
  if (text !== JSON.stringify(before)) writeFileSync(join(directory, KNOWN), text);
}

/** A file that the cluster writes again. */
function isOther(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

type Looked = {
  asked: NodeFiles;
  cluster: ClusterClient;
  known: ReadonlySet<string>;
  seen: ReadonlyMap<string, number>;
  /** Those that could be looked at. */
  looked: readonly string[];
};

/** What the state wants, once it has heard of what somebody else has done. */
async function report({ asked, cluster, known, seen, looked }: Looked): Promise<NodeFiles> {
  const sizes = new Map(asked.files.map(({ path, sizeBytes }) => [path, sizeBytes]));
  const found = [...seen]
    .filter(([path, size]) => (sizes.has(path) || !known.has(path)) && sizes.get(path) !== size)
    .map(([path, sizeBytes]) => ({ path, sizeBytes }));
  const removed = asked.files
    .map(({ path }) => path)
    .filter((path) => known.has(path) && !seen.has(path) && looked.includes(dirname(path)));
  return found.length + removed.length > 0 ? cluster.storageFiles({ found, removed }) : asked;
}

/** Adds the size of each file; false for what is no folder of the machine's own. */
function look(root: string, folder: string, seen: Map<string, number>): boolean {
  const open = openWithin(root, folder, constants.O_DIRECTORY);
  if (open === undefined) return false;
  try {
    const opened = `/proc/self/fd/${open}`;
    for (const name of readdirSync(opened)) {
      const stats = lstatSync(`${opened}/${name}`, { throwIfNoEntry: false });
      if (stats?.isFile()) seen.set(`${folder}/${name}`, stats.size);
    }
    return true;
  } finally {
    closeSync(open);
  }
}

type Change = { folders: readonly string[]; files: readonly WantedFile[]; gone: readonly string[] };

const SCRIPT = `
while [ "$1" != -- ]; do mkdir -p -- "$1"; shift; done; shift
while [ "$1" != -- ]; do rm -f -- "$1"; shift; done; shift
while [ $# -gt 0 ]; do
  mkdir -p -- "\${2%/*}"
  if [ "$1" = text ]; then printf %s "$3" >"$2"; else truncate -s "$3" -- "$2"; fi
  shift 3
done`;

async function change(machine: Machine, { folders, files, gone }: Change): Promise<void> {
  const made = files.flatMap(({ path, sizeBytes, text }) =>
    text === undefined ? ["size", path, String(sizeBytes)] : ["text", path, text],
  );
  await runIn(machine, ["/bin/sh", "-c", SCRIPT, "sh", ...folders, "--", ...gone, "--", ...made]);
}
