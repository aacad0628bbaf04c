/**
 * The files that a node has on its disk because the cluster's state knows them, and the other way round: what somebody puts
 * into the folder of a storage, or removes from it. The machine compares both with its disk; nothing here looks at one.
 */
import { z } from "zod";
import { systemOfFile } from "./os-images.ts";
import { corosyncConf } from "./pmxcfs.ts";
import type { ClusterState, Row, Storage, Volume } from "./state.ts";
import { nodeOf, removeVolume, volumeId, volumesAt } from "./storage.ts";
import { basePath, FOLDERS, filePath, folderOf, volumeOfFile } from "./storage-folders.ts";
import type { Store } from "./store.ts";

/** The request of a machine, beside the commands of its users: its second word is a `FileChanges` as JSON. */
export const FILES_REQUEST = "lab-files";

/** In the state: files that are no volumes, by node and path. */
const OTHERS = "node-files";

export type WantedFile = {
  path: string;
  sizeBytes: number;
  /** Its content; nothing but zeros without. */
  text?: string | undefined;
};
export type NodeFiles = {
  /** In which a file is a volume. */
  folders: string[];
  /** Those that an active storage makes: the ones of what it may hold. */
  made: string[];
  files: WantedFile[];
};

const Found = z.strictObject({ path: z.string(), sizeBytes: z.number() });
type Found = z.infer<typeof Found>;

const FileChanges = z.strictObject({
  /** New, or of another size. */
  found: z.array(Found).default([]),
  removed: z.array(z.string()).default([]),
});
export type FileChanges = z.input<typeof FileChanges>;

/** Beside a volume, gone with it; `of` is the volume's id. Without a volume it stays for good. */
export type OtherFile = WantedFile & { node: string; of?: string };

export function answerFiles(store: Store, node: string, json: string): NodeFiles {
  const { found, removed } = FileChanges.parse(JSON.parse(json));
  const now = store.state();
  const stored = volumesByPath(now, node);
  const gone = removed.filter((path) => stored.has(path));
  const isNews = ({ path, sizeBytes }: Found) => {
    const known = stored.get(path);
    return known ? known.sizeBytes !== sizeBytes : asVolume(now, node, path) !== undefined;
  };
  const news = found.filter(isNews);
  if (news.length + gone.length > 0)
    store.change((draft) => {
      const there = volumesByPath(draft, node);
      for (const volume of gone.map((path) => there.get(path))) if (volume) removeVolume(draft, volume);
      const createdAt = Math.floor(store.now() / 1000);
      for (const file of news) takeIn(draft, { ...file, node, createdAt, known: there.get(file.path) });
    });
  return nodeFiles(store.state(), node);
}

function nodeFiles(state: ClusterState, node: string): NodeFiles {
  const storages = directories(state, node);
  const stored = storedFiles(state, node);
  const ids = stored.map(({ volume }) => volumeId(volume));
  const others = Object.values(state.sections[OTHERS] ?? {}) as OtherFile[];
  return {
    folders: storages.flatMap((storage) => FOLDERS.map(({ folder }) => `${basePath(storage)}/${folder}`)),
    made: storages.flatMap((storage) =>
      storage.content.map((one) => `${basePath(storage)}/${folderOf(one)}`),
    ),
    files: [
      ...stored.map(({ path, volume }) => ({ path, sizeBytes: volume.sizeBytes })),
      { path: "/etc/corosync/corosync.conf", ...content(corosyncConf(state)) },
      ...others.filter((file) => file.node === node && (!file.of || ids.includes(file.of))).map(wanted),
    ],
  };
}

function content(text: string): { sizeBytes: number; text: string } {
  return { sizeBytes: Buffer.byteLength(text), text };
}

function wanted({ path, sizeBytes, text }: OtherFile): WantedFile {
  return { path, sizeBytes, ...(text === undefined ? {} : { text }) };
}

/** In a draft: a file that is no volume. */
export function keepFile(draft: ClusterState, file: OtherFile): void {
  draft.sections[OTHERS] ??= {};
  draft.sections[OTHERS][`${file.node}:${file.path}`] = file as Row;
}

/** False for what was not kept. */
export function dropFile(draft: ClusterState, node: string, path: string): boolean {
  const others = draft.sections[OTHERS];
  const isKept = others !== undefined && Object.hasOwn(others, `${node}:${path}`);
  if (isKept) delete others[`${node}:${path}`];
  return isKept;
}

/** The volume that a file of the node is. */
export function volumeAtPath(state: ClusterState, node: string, path: string): Volume | undefined {
  return volumesByPath(state, node).get(path);
}

/** Of two storages in one folder the first. */
function volumesByPath(state: ClusterState, node: string): Map<string, Volume> {
  return new Map(
    storedFiles(state, node)
      .toReversed()
      .map(({ path, volume }) => [path, volume]),
  );
}

type News = Found & { node: string; createdAt: number; known: Volume | undefined };

function takeIn(draft: ClusterState, { path, node, sizeBytes, createdAt, known }: News): void {
  const volume = asVolume(draft, node, path);
  if (known) known.sizeBytes = sizeBytes;
  else if (volume)
    draft.volumes.push({ ...volume, node, sizeBytes, createdAt, ...(sizeBytes > 0 && systemOfFile(path)) });
}

/** What a file would be by its path alone. */
function asVolume(state: ClusterState, node: string, path: string) {
  for (const storage of directories(state, node)) {
    const volume = volumeOfFile(storage, path);
    if (volume) return { ...volume, storage: storage.name };
  }
  return undefined;
}

function storedFiles(state: ClusterState, node: string): { path: string; volume: Volume }[] {
  return directories(state, node).flatMap((storage) =>
    volumesAt(state, node, storage.name).map((volume) => ({ volume, path: filePath(storage, volume) })),
  );
}

function directories(state: ClusterState, node: string): Storage[] {
  return nodeOf(state, node).storages.filter(({ type }) => type === "dir");
}
