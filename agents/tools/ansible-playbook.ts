/** The playbooks of the workspace. */
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError, isAppError } from "../base/errors.ts";
import { locate, resolveVisible, type Workspace } from "../host/files/paths.ts";

/** To name the playbooks that there are: so many files, and of each its beginning, are looked at. */
const MAX_FILES = 200;
const MAX_BYTES = 65_536;

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** The playbook as ansible sees it. AppError `not_allowed` outside of /app/config, `not_found` with those that exist. */
export async function findPlaybook(workspace: Workspace, playbook: string): Promise<string> {
  const { root, visible } = locate(workspace, playbook);
  if (root !== "/app/config" || !/\.ya?ml$/.test(visible)) {
    throw new AppError("not_allowed", `${visible} is not a .yml file under /app/config.`);
  }
  try {
    await resolveVisible(workspace, visible);
    return visible;
  } catch (error) {
    if (!isAppError(error, "not_found")) throw error;
    throw new AppError("not_found", `${error.message} Playbooks: ${await playbooksOf(workspace)}.`);
  }
}

async function playbooksOf(workspace: Workspace): Promise<string> {
  const base = workspace["/app/config"];
  const entries = await readdir(base, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git"))
    .map((entry) => join(entry.parentPath, entry.name).slice(base.length + 1))
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  const playbooks: string[] = [];
  for (const name of files.slice(0, MAX_FILES)) {
    if (hasPlay(await beginningOf(join(base, name)))) playbooks.push(`/app/config/${name}`);
  }
  return playbooks.slice(0, 20).join(", ") || "none yet";
}

function hasPlay(text: string): boolean {
  return text.split("\n").some((line) => /^(?:-\s*)?(?:- )?hosts:/.test(line.trimStart()));
}

async function beginningOf(file: string): Promise<string> {
  await using handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
  return buffer.toString("utf8", 0, bytesRead);
}
