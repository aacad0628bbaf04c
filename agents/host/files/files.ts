/**
 * The team's files, opened name by name below their root without ever following a link, so that nothing can
 * be exchanged between the look and the act. What may be opened is decided in paths.ts.
 */

import { randomUUID } from "node:crypto";
import { type BigIntStats, constants, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { AppError } from "../../base/errors.ts";
import type { Permit } from "../../base/permit.ts";
import { thousands } from "../../base/thousands.ts";
import { type Location, linkRefusal } from "./paths.ts";

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** The most that a file may hold after a tool wrote it, in bytes. */
export const MAX_FILE_BYTES = 1_000_000;

/**
 * Open a file or folder for reading. The caller closes the handle. AppError `not_found`; `not_allowed` for
 * links (hard ones as well: a key would have a second name), pipes, sockets and devices.
 */
export async function openForReading(location: Location): Promise<{ handle: FileHandle; stats: Stats }> {
  return inFolderOf(location, false, async (path) => {
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (stats.isFile()) await checkOnlyName(handle, path, location);
      else if (!stats.isDirectory()) throw linkRefusal(location.visible);
      return { handle, stats };
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

/** Names in an opened folder, sorted; folders end in a slash. */
export async function listFolder(handle: FileHandle): Promise<string[]> {
  const entries = await readdir(pathOf(handle), { withFileTypes: true });
  return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
}

/** Replace or create a file, whole or not at all; missing folders are made. Errors as for reading. */
export async function writeWhole(location: Location, content: string, permit: Permit): Promise<void> {
  await inFolderOf(location, true, async (path, folder) => {
    const old = await existingFile(path, location);
    const temporary = `${pathOf(folder)}/.minilab-${randomUUID()}`;
    try {
      await writeSynced(temporary, content, old?.mode);
      permit();
      await rename(temporary, path);
    } catch (error) {
      await unlink(temporary).catch(ignoring("ENOENT"));
      throw error;
    }
    await folder.sync();
  });
}

/** Add to the end of a file in one write, after what others added meanwhile; it is created when missing. */
export async function appendTo(
  location: Location,
  content: string,
  permit: Permit,
): Promise<{ bytes: number }> {
  return inFolderOf(location, true, async (path) => {
    await existingFile(path, location);
    const handle = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await handle.stat();
      await checkOnlyName(handle, path, location);
      const bytes = stats.size + Buffer.byteLength(content);
      if (bytes > MAX_FILE_BYTES) throw tooLarge(location, bytes);
      permit();
      await handle.appendFile(content);
      await handle.sync();
      return { bytes };
    } finally {
      await handle.close();
    }
  });
}

/** Delete one plain file. */
export async function removeFile(location: Location, permit: Permit): Promise<void> {
  await inFolderOf(location, false, async (path, folder) => {
    checkPlain(await lstat(path), location);
    permit();
    await unlink(path);
    await folder.sync();
  });
}

export function tooLarge({ visible }: Location, bytes: number): AppError {
  const [has, most] = [bytes, MAX_FILE_BYTES].map(thousands);
  const problem = `${visible} would have ${has} bytes; a file may have ${most}. Split it.`;
  return new AppError("bad_arguments", problem);
}

/** `path` names the file through an open folder: no part of it can be exchanged any more. */
async function inFolderOf<T>(
  location: Location,
  create: boolean,
  use: (path: string, folder: FileHandle) => Promise<T>,
): Promise<T> {
  // The root itself is reached as the entry "." of itself.
  const name = location.names.at(-1) ?? ".";
  try {
    const folder = await openFolder(location, create);
    try {
      return await use(`${pathOf(folder)}/${name}`, folder);
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw explain(error, location);
  }
}

async function openFolder({ base, names }: Location, create: boolean): Promise<FileHandle> {
  let folder = await open(base, O_RDONLY | O_DIRECTORY);
  for (const name of names.slice(0, -1)) {
    const parent = folder;
    try {
      folder = await openChild(`${pathOf(parent)}/${name}`, create);
    } finally {
      await parent.close();
    }
  }
  return folder;
}

async function openChild(path: string, create: boolean): Promise<FileHandle> {
  if (create) await mkdir(path).catch(ignoring("EEXIST"));
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Without a mode it is as open as the umask says: in containers tools share it through its group. */
async function writeSynced(path: string, content: string, mode: number | undefined): Promise<void> {
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode && mode & 0o777);
  try {
    await handle.writeFile(content);
    if (mode !== undefined) await handle.chmod(mode & 0o777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function existingFile(path: string, location: Location): Promise<Stats | undefined> {
  const stats = await lstat(path).catch(ignoring("ENOENT"));
  if (stats) checkPlain(stats, location);
  return stats ?? undefined;
}

function checkPlain(stats: Stats | BigIntStats, location: Location): void {
  if (stats.isDirectory()) throw new AppError("not_allowed", `${location.visible} is a folder; name a file.`);
  if (!stats.isFile()) throw linkRefusal(location.visible);
  if (stats.nlink > 1) throw new AppError("not_allowed", `${location.visible} has a second name elsewhere.`);
}

/** The name is still what was opened, and has no other. An exchange deceives one look in a thousand: four must agree. */
async function checkOnlyName(handle: FileHandle, path: string, location: Location): Promise<void> {
  const opened = await handle.stat({ bigint: true });
  for (let look = 0; look < 4; look++) {
    const named = await lstat(path, { bigint: true });
    checkPlain(named, location);
    if (named.ino !== opened.ino || named.dev !== opened.dev)
      throw new AppError("conflict", `${location.visible} was replaced while it was opened. Try again.`);
  }
}

function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

function explain(error: unknown, { visible }: Location): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return new AppError("not_found", `${visible} does not exist.`);
    case "ELOOP":
    case "ENOTDIR":
    case "ENXIO":
      return linkRefusal(visible);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new AppError("not_allowed", `${visible} is read-only for this role.`);
    default:
      return error;
  }
}

function ignoring(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
  };
}
