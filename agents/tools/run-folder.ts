/** What one run of terraform or ansible needs beside it: a folder of its own in the workspace, and an SSH agent. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAppError } from "../base/errors.ts";
import type { ToolContext } from "./tool.ts";

export type RunFolder = {
  real: string;
  /** The same folder as commands see it. */
  visible: string;
};

/** Makes /tmp/app/run-<callId> with the given files (by name), and removes it when `use` has settled. */
export async function withRunFolder<T>(
  { workspace, callId }: Pick<ToolContext, "workspace" | "callId">,
  files: Readonly<Record<string, string>>,
  use: (folder: RunFolder) => Promise<T>,
): Promise<T> {
  const name = `run-${callId}`;
  const folder = { real: join(workspace["/tmp/app"], name), visible: `/tmp/app/${name}` };
  await mkdir(folder.real, { mode: 0o700 }); // not recursive: what is there already is not ours
  try {
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(folder.real, file), text, { flag: "wx" });
    }
    return await use(folder);
  } finally {
    await rm(folder.real, { recursive: true, force: true });
  }
}

export type SshAccess = { env: Record<string, string>; sockets: string[] };

/** An SSH agent for the time of `use`; without a key there is none, and what needs it fails by itself. */
export async function withSshAgent<T>(
  { nodes, signal }: Pick<ToolContext, "nodes" | "signal">,
  use: (access: SshAccess) => Promise<T>,
): Promise<T> {
  const agent = await nodes.serveAgent({ signal }).catch((error: unknown) => {
    if (isAppError(error, "missing_requirement")) return undefined;
    throw error;
  });
  if (!agent) return await use({ env: {}, sockets: [] });
  try {
    return await use({ env: { SSH_AUTH_SOCK: agent.socketPath }, sockets: [agent.socketPath] });
  } finally {
    await agent.close();
  }
}
