/** A node that is a container of its own: commands run right here, as root, among the container's files. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { AppError } from "../../agents/base/errors.ts";
import { type Machine, NODE_PATH, type NodeProcess } from "./machine.ts";

/** Made by container engines, or by an image that means to be a node. */
const MARKERS = ["/.dockerenv", "/run/.containerenv", "/etc/lab-node"];

/** AppError `not_allowed` outside of a container: a node rewrites /etc/ssh and lets others in as root. */
export function useContainer(): Machine {
  if (!MARKERS.some((marker) => existsSync(marker))) {
    throw new AppError(
      "not_allowed",
      `a node as a program is for containers only: none of ${MARKERS.join(", ")} is here`,
    );
  }
  const running = new Set<NodeProcess>();
  return {
    root: "/",
    spawn: ([program, ...rest], env) => {
      const child = spawn(program, rest, { env: { PATH: NODE_PATH, ...env }, cwd: "/root", detached: true });
      running.add(child);
      child.once("exit", () => running.delete(child));
      return child;
    },
    close: async () => {
      await Promise.all([...running].map(killGroup));
    },
  };
}

async function killGroup(child: NodeProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await gone;
}
