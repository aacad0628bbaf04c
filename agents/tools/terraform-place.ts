/**
 * Where Terraform's states and plans lie: in a folder outside of every workspace root, of which one command, Terraform's
 * own, sees two folders of its module. No other tool and no other role gets there.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, open, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CommandRunner } from "../host/commands/command.ts";
import type { Module } from "./terraform-module.ts";

/** Of one module; real, absolute folders. */
export type Place = {
  /** The file of the state, alone with its backup and lock in a folder that Terraform gets. */
  state: string;
  /** Providers and modules that init has brought; Terraform gets this one too. */
  data: string;
  /** The agent's alone, as the rest is. */
  plans: string;
  /** A marker for each plan whose apply was begun. */
  begun: string;
  backups: string;
};

const SETGID = 0o2000;
const OWN = 0o700;
/** In containers Terraform is another user, of a group that the folder above belongs to. */
const SHARED = { container: 0o770, bubblewrap: OWN, none: OWN } as const;

/** Made when missing. `root` is the private folder of all modules. */
export async function openPlace(
  root: string,
  module: Pick<Module, "visible">,
  sandbox: CommandRunner["sandbox"],
): Promise<Place> {
  const shared = SHARED[sandbox];
  const folder = join(root, keyOf(module.visible));
  await mkdir(root, { recursive: true, mode: OWN });
  await makeFolder(folder, shared);
  await makeFolder(join(root, "runs"), shared); // one for each run, which its commands get
  const make = async (name: string, mode: number) => await makeFolder(join(folder, name), mode);
  const state = await make("state", shared);
  await keepOurs(join(state, STATE_FILE), sandbox);
  return {
    state: join(state, STATE_FILE),
    // each user has providers of its own
    data: await make(sandbox === "container" ? "data-container" : "data", shared),
    plans: await make("plans", OWN),
    begun: await make("begun", OWN),
    backups: await make("backups", OWN),
  };
}

export const STATE_FILE = "terraform.tfstate";

/** The name of the folder, for people who look for it, and what makes it that of this path alone. */
function keyOf(visible: string): string {
  const name = basename(visible)
    .replaceAll(/[^\w-]/g, "_")
    .slice(0, 40);
  return `${name}-${createHash("sha256").update(visible).digest("hex").slice(0, 12)}`;
}

async function makeFolder(folder: string, mode: number): Promise<string> {
  const isNew = await mkdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      return false;
    },
  );
  // what the folder above hands down, its group, stays
  if (isNew) await chmod(folder, mode | ((await lstat(folder)).mode & SETGID));
  return folder;
}

/** A state that Terraform wrote as the user of a container becomes ours again: Terraform writes into the file. */
async function keepOurs(file: string, sandbox: CommandRunner["sandbox"]): Promise<void> {
  const stats = await lstat(file).catch(() => undefined);
  if (sandbox === "container" || stats === undefined || stats.uid === process.getuid?.()) return;
  await copyFile(file, `${file}.new`);
  await rename(`${file}.new`, file);
}

/** A file with this content, whole or not at all, on disk when it resolves. */
export async function writeDurably(file: string, content: Uint8Array, mode = 0o600): Promise<void> {
  await using handle = await open(`${file}.new`, "w", mode);
  await handle.writeFile(content);
  await handle.sync();
  await rename(`${file}.new`, file);
  await syncFolder(join(file, ".."));
}

export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync();
}
