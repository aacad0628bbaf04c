/**
 * Where tests make their folders: in memory, where there is room. They make and remove some hundred thousand small files, and
 * ext4 looks at each inode that was freed in the last minutes before it gives out another (recently_deleted in
 * fs/ext4/ialloc.c): a lab that starts in the midst of a run cost 5 s of the kernel's time there, and 1 s in memory.
 */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";

const IN_MEMORY = "/dev/shm";
const TMPFS = 0x01021994; // statfs(2)
/** A suite takes less than one of them. */
const FREE_FOLDER_BYTES = 4e9;
const FREE_MEMORY_BYTES = 8e9;

/** As open as /tmp is, for tests that become other users; its name is short, for those of sockets in it. */
export function makeTestFolder(): string {
  const folder = mkdtempSync(join(isRoomy(IN_MEMORY) ? IN_MEMORY : tmpdir(), "ml-"));
  chmodSync(folder, 0o1777);
  return folder;
}

/** What another user of a lab owns stays, where this one may not remove it. */
export function removeTestFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    console.error(`left behind: ${folder} (${error instanceof Error ? error.message : error})`);
  }
}

function isRoomy(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { type, bavail, bsize } = statfsSync(folder);
  return (
    type === TMPFS &&
    bavail * bsize > FREE_FOLDER_BYTES &&
    freemem() > FREE_MEMORY_BYTES &&
    isForPrograms(folder)
  );
}

function isForPrograms(folder: string): boolean {
  const mount = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .findLast(([, at]) => at === folder);
  if (mount?.[3]?.split(",").includes("noexec")) return false;
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
