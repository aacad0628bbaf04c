/** /etc/pve of a machine as a file system of its own, where this machine lets one be made: FUSE, without root. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { splitRequests } from "../pmxcfs/fuse-messages.ts";
import { FuseSession } from "../pmxcfs/fuse-session.ts";
import type { NodeView } from "../pmxcfs/node-view.ts";
import { namespacesArguments, SYSTEM_PATH } from "./namespaces.ts";

/** Whether the device is there for whoever runs the lab. */
export function canMountPmxcfs(): boolean {
  try {
    accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** `pid` is a process of the machine. Undefined where there is no device for it, or the kernel refuses; until it is closed the files are there. */
export async function mountPmxcfs(pid: number, view: NodeView): Promise<(() => Promise<void>) | undefined> {
  if (!canMountPmxcfs()) return undefined;
  const child = spawn("perl", namespacesArguments("pmxcfs", [String(pid)]), {
    env: { PATH: SYSTEM_PATH },
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  child.stdin.on("error", () => child.stdin.destroy()); // it has ended: so have those who asked
  const gone = once(child, "exit").catch(() => {});
  const session = new FuseSession(view);
  let rest: Buffer = Buffer.alloc(0);
  child.stdout.on("data", (bytes: Buffer) => {
    const split = splitRequests(Buffer.concat([rest, bytes]));
    rest = split.rest;
    for (const request of split.requests) {
      const answer = session.answer(request);
      if (answer) child.stdin.write(answer);
    }
  });
  const isMounted = await Promise.race([once(child.stdout, "data").then(() => true), gone.then(() => false)]);
  if (!isMounted) return undefined;
  return async () => {
    child.stdin.end();
    await gone;
  };
}
