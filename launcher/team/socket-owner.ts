/**
 * Who is at the other end of a connection on loopback: the same user, and no command of the team, which see files of their
 * own (a mount namespace, agents/host/commands/sandbox). What cannot be found out is nobody. Linux tells in /proc.
 */
import { globSync, readFileSync, readlinkSync } from "node:fs";
import type { Socket } from "node:net";

/** Columns of /proc/net/tcp (https://docs.kernel.org/networking/proc_net_tcp.html). */
const [LOCAL, REMOTE, USER, INODE] = [1, 2, 7, 9];
/** The table is read in pieces, and a row can move between two of them: what was not seen is looked for again. */
const LOOKS = 20;

export function isOfThisHouse(socket: Socket): boolean {
  for (let look = 0; look < LOOKS; look++) {
    const owners = ownersOfPeer(socket);
    if (owners.length > 0) return owners.every((folder) => namespaceOf(folder) === namespaceOf("/proc/self"));
  }
  return false;
}

function ownersOfPeer({ localPort = 0, remotePort = 0 }: Socket): string[] {
  const inode = inodeOf(remotePort, localPort);
  return inode === undefined ? [] : ownersOf(inode);
}

/** Of the other end: its local port is our remote one. Undefined for another user's. */
function inodeOf(theirPort: number, ourPort: number): string | undefined {
  const rows = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  const row = rows.find(
    (columns) => columns[LOCAL] === onLoopback(theirPort) && columns[REMOTE] === onLoopback(ourPort),
  );
  return row?.[USER] === String(process.getuid?.()) ? row[INODE] : undefined;
}

function onLoopback(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The folders in /proc of the processes that hold it. */
function ownersOf(inode: string): string[] {
  return globSync("/proc/[0-9]*").filter((folder) =>
    globSync(`${folder}/fd/*`).some((file) => linkOf(file) === `socket:[${inode}]`),
  );
}

/** "" when it cannot be read: then it is not ours. */
function namespaceOf(folder: string): string {
  return linkOf(`${folder}/ns/mnt`) || `none of ${folder}`;
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return ""; // it has ended, or is another user's
  }
}
