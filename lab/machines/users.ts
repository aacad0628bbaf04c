/** Which users of this machine the users of a lab are: a range that nobody else has, from root's on. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { AppError } from "../../agents/base/errors.ts";

const run = promisify(execFile);

/** Of a lab that root has started, and of nobody else here: far above what adduser and /etc/subuid give. */
const RANGE_OF_ROOT = 1_500_000_000;
const COUNT = 65_536;

export type LabUsers = {
  /** What the lab's root is to this machine. */
  root: { uid: number; gid: number };
  /** Who somebody of this machine is in the lab; undefined for who has no place in it. */
  inside(uid: number): number | undefined;
  /** Tells the kernel, of a process that has just entered a user namespace. */
  map(pid: number): Promise<void>;
};

/** AppError `missing_requirement` where the user has no range, with the line that gives one. */
export function labUsers(): LabUsers {
  return process.getuid?.() === 0 ? usersOfRoot() : usersOf(userInfo());
}

function usersOfRoot(): LabUsers {
  const map = `0 ${RANGE_OF_ROOT} ${COUNT}\n`;
  return {
    root: { uid: RANGE_OF_ROOT, gid: RANGE_OF_ROOT },
    inside: (uid) => (uid >= RANGE_OF_ROOT && uid < RANGE_OF_ROOT + COUNT ? uid - RANGE_OF_ROOT : undefined),
    map: async (pid) => {
      for (const kind of ["uid", "gid"]) writeFileSync(`/proc/${pid}/${kind}_map`, map);
    },
  };
}

function usersOf({ username, uid, gid }: { username: string; uid: number; gid: number }): LabUsers {
  const first = { uid: rangeOf("/etc/subuid", username, uid), gid: rangeOf("/etc/subgid", username, uid) };
  return {
    root: { uid, gid },
    inside: (other) => {
      if (other === uid) return 0;
      const number = other - first.uid + 1;
      return number > 0 && number < COUNT ? number : undefined;
    },
    map: async (pid) => {
      const argumentsOf = (own: number, start: number) => [pid, 0, own, 1, 1, start, COUNT - 1].map(String);
      await run("newuidmap", argumentsOf(uid, first.uid));
      await run("newgidmap", argumentsOf(gid, first.gid));
    },
  };
}

/** The first number of a range that is long enough. */
function rangeOf(file: string, username: string, uid: number): number {
  const lines = readOrEmpty(file)
    .split("\n")
    .map((line) => line.split(":"));
  const own = lines.filter(([owner]) => owner === username || owner === String(uid));
  const range = own.find(([, , count]) => Number(count) >= COUNT - 1);
  if (range) return Number(range[1]);
  throw new AppError(
    "missing_requirement",
    `the lab's machines have many users, and ${username} has no range of ${COUNT} in ${file}: ` +
      `sudo usermod --add-subuids 200000-265535 --add-subgids 200000-265535 ${username}`,
  );
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // no such file: nobody has a range
  }
}
