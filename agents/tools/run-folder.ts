/** What one run of terraform or ansible needs beside it: a folder of its own in the workspace, and an SSH agent. */
import { chmod, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAppError } from "../base/errors.ts";
import type { CallId } from "../host/commands/call-id.ts";
import type { ToolContext } from "./tool.ts";

/** Where the folders of runs are made. */
type Runs = RunFolder;

type RunPlaces = Pick<ToolContext, "workspace" | "terraform">;

/** In the workspace. */
export function openRuns({ workspace }: RunPlaces): Runs {
  return { real: workspace["/tmp/app"], visible: "/tmp/app" };
}

/** Where no other command looks. */
export function terraformRuns({ terraform }: RunPlaces): Runs {
  return { real: join(terraform, "runs"), visible: join(terraform, "runs") };
}

export type RunFolder = {
  real: string;
  /** The same folder as commands see it. */
  visible: string;
};

/** Makes run-<call id> afresh with the given files (by name); it is removed at the end of the call. */
export async function makeRunFolder(
  runs: Runs,
  call: ToolContext["call"],
  files: Readonly<Record<string, string>>,
): Promise<RunFolder> {
  const folder = runFolder(runs, call.id);
  call.permit();
  call.begin();
  await rm(folder.real, { recursive: true, force: true }); // of the same call, in an earlier life of the agent
  await mkdir(folder.real, { mode: 0o700 }); // not recursive: what appears there is not ours
  await chmod(folder.real, await modeIn(runs.real));
  for (const [file, text] of Object.entries(files)) {
    await writeFile(join(folder.real, file), text, { flag: "wx" });
  }
  return folder;
}

/** Closed, but to a group that can write in its parent: in containers commands are of that group. */
async function modeIn(parent: string): Promise<number> {
  const { mode } = await stat(parent);
  return mode & 0o020 ? 0o770 | (mode & 0o2000) : 0o700;
}

/** For the end of a call. Folders that another user has made in it stay. */
export async function removeRunFolder(places: RunPlaces, id: CallId): Promise<void> {
  for (const runs of [openRuns(places), terraformRuns(places)])
    await rm(runFolder(runs, id).real, { recursive: true, force: true }).catch(ignoreForeign);
}

function ignoreForeign(error: NodeJS.ErrnoException): void {
  if (error.code !== "EACCES") throw error;
}

/** The folder of a call, whichever life of the agent made it; it may be gone. */
export function runFolder(runs: Runs, id: CallId): RunFolder {
  const name = `run-${id}`;
  return { real: join(runs.real, name), visible: `${runs.visible}/${name}` };
}

export type SshAccess = { env: Record<string, string>; sockets: string[] };

export const NO_SSH: SshAccess = { env: {}, sockets: [] };

/**
 * An SSH agent for the time of `use`; without a key there is none, and what needs it fails by itself. `proofOfHost`
 * "required" is for programs that use OpenSSH.
 */
export async function withSshAgent<T>(
  { nodes, processes, call }: Pick<ToolContext, "nodes" | "processes" | "call">,
  proofOfHost: "required" | "optional",
  use: (access: SshAccess) => Promise<T>,
): Promise<T> {
  const isShared = processes.sandbox === "container";
  const agent = await nodes
    .serveAgent({ proofOfHost, isShared, signal: call.signal })
    .catch((error: unknown) => {
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
