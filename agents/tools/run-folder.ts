/** What one run of terraform or ansible needs beside it: a folder of its own in the workspace, and an SSH agent. */
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAppError } from "../base/errors.ts";
import type { ToolContext } from "./tool.ts";

type CallPlace = Pick<ToolContext, "workspace" | "callId" | "permit">;

export type RunFolder = {
  real: string;
  /** The same folder as commands see it. */
  visible: string;
};

/** Makes /tmp/app/run-<callId> afresh with the given files (by name), and removes it when `use` has settled. */
export async function withRunFolder<T>(
  call: CallPlace,
  files: Readonly<Record<string, string>>,
  use: (folder: RunFolder) => Promise<T>,
): Promise<T> {
  const { real } = folderOf(call);
  call.permit();
  await rm(real, { recursive: true, force: true }); // of the same call, in an earlier life of the agent
  await mkdir(real, { mode: await modeIn(call) }); // not recursive: what appears there is not ours
  return await withEarlierRunFolder(call, async (folder) => {
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(real, file), text, { flag: "wx" });
    }
    return await use(folder);
  });
}

/** Closed, but to a group that can write the workspace: in containers commands are of that group. */
async function modeIn({ workspace }: CallPlace): Promise<number> {
  const { mode } = await stat(workspace["/tmp/app"]);
  return mode & 0o020 ? 0o770 : 0o700;
}

/** The folder as an earlier life of the agent made it, if it is still there; removed when `use` has settled, unless a successor uses it. */
export async function withEarlierRunFolder<T>(
  call: CallPlace,
  use: (folder: RunFolder) => Promise<T>,
): Promise<T> {
  const folder = folderOf(call);
  try {
    return await use(folder);
  } finally {
    if (isPermitted(call)) await rm(folder.real, { recursive: true, force: true }).catch(ignoreForeign);
  }
}

/** Folders that another user has made in it stay; the call has ended all the same. */
function ignoreForeign(error: NodeJS.ErrnoException): void {
  if (error.code !== "EACCES") throw error;
}

function isPermitted({ permit }: CallPlace): boolean {
  try {
    permit();
    return true;
  } catch {
    return false; // whoever adopts the call removes it
  }
}

function folderOf({ workspace, callId }: CallPlace): RunFolder {
  const name = `run-${callId}`;
  return { real: join(workspace["/tmp/app"], name), visible: `/tmp/app/${name}` };
}

export type SshAccess = { env: Record<string, string>; sockets: string[] };

export const NO_SSH: SshAccess = { env: {}, sockets: [] };

/**
 * An SSH agent for the time of `use`; without a key there is none, and what needs it fails by itself. `proofOfHost`
 * "required" is for programs that use OpenSSH.
 */
export async function withSshAgent<T>(
  { nodes, processes, signal }: Pick<ToolContext, "nodes" | "processes" | "signal">,
  proofOfHost: "required" | "optional",
  use: (access: SshAccess) => Promise<T>,
): Promise<T> {
  const isShared = processes.sandbox === "container";
  const agent = await nodes.serveAgent({ proofOfHost, isShared, signal }).catch((error: unknown) => {
    if (isAppError(error, "missing_requirement")) return undefined;
    throw error;
  });
  if (!agent) return await use(NO_SSH);
  try {
    return await use({ env: { SSH_AUTH_SOCK: agent.socketPath }, sockets: [agent.socketPath] });
  } finally {
    await agent.close();
  }
}
