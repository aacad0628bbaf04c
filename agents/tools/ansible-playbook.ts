/** The playbooks of the workspace, and what makes one unfit for a check run. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, isAppError } from "../base/errors.ts";
import { locate, resolveVisible, type Workspace } from "../host/paths.ts";

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

/**
 * A check run needs no grant, so nothing in the workspace's configuration may act in it: no task that leaves
 * check mode, no lookup that starts a program, no plugin or module of its own. AppError `not_allowed` names the place.
 */
export async function refuseActingCheck(workspace: Workspace): Promise<void> {
  for (const { name, text } of await configFiles(workspace)) {
    const found = /(?:^|\/)(?:library|\w+_plugins|module_utils)\//.exec(name) ?? ACTS_IN_CHECK.exec(text);
    if (!found) continue;
    throw new AppError(
      "not_allowed",
      `A check run must not be able to change anything, but /app/config/${name} has "${found[0].trim()}". ` +
        "Remove it, or run without check.",
    );
  }
}

/** Lookups that only read; every other one may run a program. */
const READING_LOOKUP =
  /\s*\(\s*['"](?:ansible\.builtin\.)?(?:file|template|env|vars|dict|items|first_found|fileglob)['"]/;
const ACTS_IN_CHECK = new RegExp(
  [
    "\\bcheck_mode\\b|\\bwith_(?:pipe|lines)\\b",
    `\\b(?:lookup|query)\\b(?!${READING_LOOKUP.source})|\\bq\\s*\\(`,
    "\\\\[xuU][0-9a-fA-F]{2}|\\.\\./|/tmp/app|/app/(?:infra|docs)", // another spelling, another place
  ].join("|"),
);

async function playbooksOf(workspace: Workspace): Promise<string> {
  const playbooks = (await configFiles(workspace)).filter(
    ({ name, text }) => /\.ya?ml$/.test(name) && /^-?\s*(?:- )?hosts:/m.test(text),
  );
  const names = playbooks.map(({ name }) => `/app/config/${name}`).sort();
  return names.slice(0, 20).join(", ") || "none yet";
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
