/**
 * Takes in the states that lie in modules: an earlier version kept them there, and Terraform leaves one there when it
 * cannot write the real one. Nothing is removed before a copy of it is on disk.
 */
import { constants } from "node:fs";
import { lstat, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, describeError } from "../base/errors.ts";
import type { Module } from "./terraform-module.ts";
import { openPlace, type Place, STATE_FILE, writeDurably } from "./terraform-place.ts";
import { type StateHead, stateHead } from "./terraform-state.ts";
import type { ToolContext } from "./tool.ts";

/** Sentences that tell what was done; none where no state lay. AppError `conflict` when it cannot be moved. */
export async function adoptStates(module: Module, place: Place): Promise<string[]> {
  await dropOldPlans(module);
  const notes: string[] = [];
  for (const name of await statesIn(module.real)) {
    const stray = { file: join(module.real, name), name, visible: `${module.visible}/${name}` };
    try {
      notes.push(await adopt(stray, place));
    } catch (error) {
      throw new AppError(
        "conflict",
        `${stray.visible} is Terraform's state and cannot be moved to where it is safe: ${describeError(error)}`,
        { cause: error },
      );
    }
  }
  return notes;
}

/** Those of all modules, before any command can look at them. */
export async function adoptAllStates({
  workspace,
  terraform,
  processes,
}: Pick<ToolContext, "workspace" | "terraform" | "processes">): Promise<string[]> {
  const base = workspace["/app/infra"];
  const entries = await readdir(base, { recursive: true, withFileTypes: true });
  const holding = entries.filter((entry) => entry.isFile() && isState(entry.name));
  const notes: string[] = [];
  for (const real of new Set(holding.map(({ parentPath }) => parentPath))) {
    const module = { real, visible: `/app/infra${real.slice(base.length)}` };
    if (module.visible.includes("/.terraform")) continue; // which backend init has seen
    notes.push(...(await adoptStates(module, await openPlace(terraform, module, processes.sandbox))));
  }
  return notes;
}

const MAX_FILE_BYTES = 64 * 1024 ** 2;

type Stray = { file: string; name: string; visible: string };

/** It becomes the module's state when there is none, or when it is a later one of the same. */
async function adopt({ file, name, visible }: Stray, { state, backups }: Place): Promise<string> {
  const content = await readPlain(file);
  const kept = await readFile(state).catch(ignoreMissing);
  const isSame = kept?.equals(content) ?? false;
  const backup = join(backups, `${new Date().toISOString().replaceAll(":", "-")}-${name}`);
  if (!isSame) await writeDurably(backup, content);
  const isBackup = name.endsWith(".backup");
  const isTaken =
    !isSame && !isBackup && (kept === undefined || isLater(stateHead(content), stateHead(kept)));
  if (isTaken) {
    if (kept) await writeDurably(`${backup}.before`, kept);
    await writeDurably(state, content, (await modeOf(state)) ?? 0o660);
  }
  await rm(file);
  if (isTaken)
    return `${visible} was moved to where only run_terraform reads it, and is this module's state.`;
  if (isSame || isBackup) return `${visible} was moved to where no tool reads it.`;
  return `${visible} is not the state of this module and was not used; the operator finds a copy: ${backup}`;
}

function isLater(one: StateHead | undefined, other: StateHead | undefined): boolean {
  return one !== undefined && one.lineage === other?.lineage && one.serial > other.serial;
}

async function statesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && isState(entry.name)).map(({ name }) => name);
  // the state itself before what Terraform could not write into it
  return names.sort((a, b) => Number(b === STATE_FILE) - Number(a === STATE_FILE) || (a < b ? -1 : 1));
}

function isState(name: string): boolean {
  return /\.tfstate(?:\.backup)?$/.test(name);
}

/** Made by an earlier version: they hold what a state holds, and are made anew by plan. */
async function dropOldPlans({ real }: Module): Promise<void> {
  for (const folder of [join(real, ".terraform"), join(real, ".terraform/plans")]) {
    if (!(await lstat(folder).catch(ignoreMissing))?.isDirectory()) return;
  }
  const folder = join(real, ".terraform/plans");
  for (const name of await readdir(folder)) if (name.endsWith(".tfplan")) await rm(join(folder, name));
}

async function readPlain(file: string): Promise<Buffer> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const { size } = await handle.stat();
  if (size > MAX_FILE_BYTES) throw new AppError("conflict", `it has ${size} bytes`);
  return await handle.readFile();
}

async function modeOf(file: string): Promise<number | undefined> {
  const stats = await lstat(file).catch(ignoreMissing);
  return stats && stats.mode & 0o777;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}
