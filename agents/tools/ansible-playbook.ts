/** The playbooks of the workspace. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, isAppError } from "../base/errors.ts";
import { locate, resolveVisible, type Workspace } from "../host/files/paths.ts";

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
  const playbooks = (await configFiles(workspace)).filter(
    ({ name, text }) => /\.ya?ml$/.test(name) && hasPlay(text),
  );
  const names = playbooks.map(({ name }) => `/app/config/${name}`).sort();
  return names.slice(0, 20).join(", ") || "none yet";
}

function hasPlay(text: string): boolean {
  return text.split("\n").some((line) => /^(?:-\s*)?(?:- )?hosts:/.test(line.trimStart()));
}

async function configFiles(workspace: Workspace): Promise<{ name: string; text: string }[]> {
  const base = workspace["/app/config"];
  const entries = await readdir(base, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git"));
  return await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: path.slice(base.length + 1), text: await readFile(path, "utf8") };
    }),
  );
}
