/**
 * `mount -o remount` of the file systems that are a machine's own: done for real, from outside, because its root may not
 * mount. What is mounted where stays; at boot these get the options that /etc/fstab has for them.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CommandOutcome, failed, succeeded } from "../cluster/outcome.ts";
import { joinOptions, kernelOptions } from "../system/mount-options.ts";
import { keepOptions, mountOptions } from "../system/mounts.ts";
import type { Call } from "./control.ts";
import type { Machine } from "./machine.ts";
import { namespacesArguments, SYSTEM_PATH } from "./namespaces.ts";

const OWN = ["/proc", "/dev", "/dev/pts", "/dev/shm", "/run", "/tmp"];
/** Of all of them: no program there makes anybody root. */
const NOSUID = 2;
const REMOUNT = 32;
const MAX_FSTAB_BYTES = 64 * 1024;

/** Undefined for a call that is something else, or about a file system of this machine. */
export async function remountCommand(
  { argv, uid }: Call,
  machine: Machine | undefined,
): Promise<CommandOutcome | undefined> {
  const [program, flag, options = "", target = "", ...more] = argv;
  const isRemount = program === "mount" && flag === "-o" && options.split(",").includes("remount");
  if (!machine || !isRemount || more.length > 0 || !OWN.includes(target)) return undefined;
  if (uid !== 0) return failed(1, `mount: ${target}: must be superuser to use mount.`);
  const isDone = await remount(machine, target, options);
  return isDone ? succeeded() : failed(32, `mount: ${target}: mount point not mounted or bad option.`);
}

/** As the machine's boot does it: what the kernel refuses is left as it was. */
export async function applyFstab(machine: Machine): Promise<undefined> {
  keepOptions(machine.root);
  for (const target of OWN) if (fstabOptions(machine.root, target) !== "") await remount(machine, target, "");
}

/** To what fstab says, or without that to what is, come those asked for: mount(8). */
async function remount({ pid, root }: Machine, target: string, words: string): Promise<boolean> {
  const before = mountOptions(root, target);
  const fstab = fstabOptions(root, target);
  const { flags } = kernelOptions(joinOptions(fstab || before, words));
  const { data } = kernelOptions(joinOptions(fstab, words));
  const given = [String(pid), target, String(flags | NOSUID | REMOUNT), data];
  try {
    await promisify(execFile)("perl", namespacesArguments("remount", given), { env: { PATH: SYSTEM_PATH } });
  } catch {
    return false; // the kernel knows better
  }
  keepOptions(root, { [target]: joinOptions(before, fstab, words) });
  return true;
}

function fstabOptions(root: string, target: string): string {
  const file = join(root, "etc/fstab");
  if (!existsSync(file)) return "";
  const lines = readFileSync(file, "utf8").slice(0, MAX_FSTAB_BYTES).split("\n");
  const fields = lines.map((line) => line.trim().split(/\s+/)).find(([, path]) => path === target);
  return fields?.[3] ?? "";
}
