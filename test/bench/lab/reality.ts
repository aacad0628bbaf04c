/** How real the lab's machines are: checks that a lab of text would fail, done with real clients. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLab } from "../../../lab/lab.ts";
import { canMountPmxcfs } from "../../../lab/machines/mount-pmxcfs.ts";
import { removeLab } from "../../../lab/machines/remove-lab.ts";
import { GUEST_CHECKS } from "./reality/guests.ts";
import { LOGIN_CHECKS } from "./reality/logins.ts";
import { MACHINE_CHECKS } from "./reality/machines.ts";
import { NETWORK_CHECKS } from "./reality/network.ts";
import { PVE_CHECKS } from "./reality/pve.ts";
import { USER_CHECKS } from "./reality/users.ts";
import { type Check, createWorld } from "./reality/world.ts";

/** Without /dev/fuse there is nothing to write to (docs/lab.md). */
export const REALITY_CHECKS: readonly Check[] = [
  ...USER_CHECKS,
  ...LOGIN_CHECKS,
  ...NETWORK_CHECKS,
  ...MACHINE_CHECKS,
  ...GUEST_CHECKS,
  ...(canMountPmxcfs() ? PVE_CHECKS : []),
];

/** `failed` names the checks that did not hold. */
export type RealityFigures = { checks: number; held: number; failed: string[] };

/** One after the other against one lab, in their order: later ones use what earlier ones have made. */
export async function judgeReality(signal: AbortSignal, checks = REALITY_CHECKS): Promise<RealityFigures> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "minilab-reality-"));
  stack.defer(() => removeLab(directory));
  const lab = await startLab({ directory: join(directory, "lab"), start: "fresh", signal });
  stack.defer(lab.close);
  const world = createWorld(lab, directory, signal);
  const failed: string[] = [];
  for (const { name, holds } of checks) {
    signal.throwIfAborted();
    const held = await holds(world).catch(() => false); // a client that found no end
    if (!held) failed.push(name);
  }
  return { checks: checks.length, held: checks.length - failed.length, failed };
}
