/**
 * Files of a machine, read and changed from outside: never one that lies outside of it, whatever links its root has made.
 * `root` is its `/` as a path of this machine, `path` one of its own.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { openWithin } from "./open-within.ts";

const MAX_BYTES = 1024 * 1024;

/** Undefined for what is no file, or behind a link. */
export function readMachineFile(root: string, path: string): string | undefined {
  const file = openWithin(root, path);
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    return stats.isFile() ? readFileSync(file, "utf8").slice(0, MAX_BYTES) : undefined;
  } finally {
    closeSync(file);
  }
}

/** None where there is no such folder. */
export function listMachineFolder(root: string, path: string): string[] {
  return within(root, path, (place) => readdirSync(place)) ?? [];
}

/** In place of what is there, with the folders above it. False where these are links. */
export function writeMachineFile(
  root: string,
  path: string,
  { text, mode = 0o644 }: { text: string; mode?: number },
): boolean {
  return put(root, path, (place) => {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = openSync(place, flags, mode);
    writeFileSync(file, text);
    closeSync(file);
  });
}

export function linkMachineFile(root: string, path: string, target: string): boolean {
  return put(root, path, (place) => symlinkSync(target, place));
}

/** False when it was not there. */
export function removeMachineFile(root: string, path: string): boolean {
  const isGone = within(root, dirname(path), (folder) => {
    const place = `${folder}/${basename(path)}`;
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return false;
    rmSync(place);
    return true;
  });
  return isGone === true;
}

function put(root: string, path: string, make: (place: string) => void): boolean {
  makeFolders(root, dirname(path));
  const isDone = within(root, dirname(path), (folder) => {
    const place = `${folder}/${basename(path)}`;
    rmSync(place, { force: true });
    make(place);
    return true;
  });
  return isDone === true;
}

function makeFolders(root: string, path: string): void {
  if (path === "/" || path === ".") return;
  makeFolders(root, dirname(path));
  within(root, dirname(path), (folder) => {
    const place = `${folder}/${basename(path)}`;
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) mkdirSync(place);
  });
}

/** By the opened folder itself: its path may lead elsewhere a moment later. */
function within<T>(root: string, path: string, act: (folder: string) => T): T | undefined {
  const folder = openWithin(root, path, constants.O_DIRECTORY);
  if (folder === undefined) return undefined;
  try {
    return act(`/proc/self/fd/${folder}`);
  } finally {
    closeSync(folder);
  }
}
