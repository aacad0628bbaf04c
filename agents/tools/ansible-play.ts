/** One run of ansible-playbook against the nodes, with pinned host keys and an SSH agent. */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isAppError } from "../base/errors.ts";
import { conclude, REACHED_FILE } from "./ansible-end.ts";
import { checkInventory, defaultInventory, findInventory } from "./ansible-inventory.ts";
import { findPlaybook } from "./ansible-playbook.ts";
import { RECAP_PLUGIN, RECAP_PLUGIN_SOURCE } from "./ansible-plugin.ts";
import { type Started, startAnsible } from "./ansible-start.ts";
import * as runs from "./run-folder.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

export type PlayOptions = {
  playbook: string;
  inventory?: string | undefined;
  limit?: string | undefined;
  check?: boolean | undefined;
  diff?: boolean | undefined;
  tags?: string[] | undefined;
  extra_vars?: Record<string, unknown> | undefined;
  timeout_s: number;
};

export async function play(args: PlayOptions, context: ToolContext): Promise<ToolResult> {
  const playbook = await findPlaybook(context.workspace, args.playbook);
  const inventory = args.inventory && (await findInventory(context.workspace, args.inventory));
  const reached = await pinNodes(context);
  const files = await runFiles(args, context, reached);
  const folder = await runs.makeRunFolder(runs.openRuns(context), context.call, files);
  return await runs.withSshAgent(context, "required", async (ssh) => {
    const started = { timeout_s: args.timeout_s, folder, ssh, context };
    const inventories = inventoryArguments(folder, inventory);
    if (inventory) await checkTeamInventory(started, inventories, playbook);
    const argv = ["ansible-playbook", ...inventories, ...options(args, folder), playbook] as const;
    for (const { name } of context.nodes.nodes) context.call.touch(name);
    return await conclude({ folder, context }, await startAnsible(started, argv));
  });
}

/** What an earlier life of the agent began. */
export async function adoptPlay(context: ToolContext): Promise<ToolResult | undefined> {
  const folder = runs.runFolder(runs.openRuns(context), context.call.id);
  const played = await context.processes.adopt(context.call.id, context.call);
  return played && (await conclude({ folder, context }, played));
}

/**
 * The nodes that let the agent in. One that does not answer is ansible's to report; a changed host key or a missing key
 * ends it here.
 */
async function pinNodes({ nodes, call }: ToolContext): Promise<string[]> {
  const pins = await Promise.allSettled(nodes.nodes.map(({ name }) => nodes.pin(name, call)));
  for (const pin of pins) {
    if (pin.status === "rejected" && !isAppError(pin.reason, "unavailable")) throw pin.reason;
  }
  return nodes.nodes.flatMap(({ name }, index) => (pins[index]?.status === "fulfilled" ? [name] : []));
}

async function runFiles(
  { extra_vars = {} }: PlayOptions,
  { nodes }: ToolContext,
  reached: readonly string[],
): Promise<Record<string, string>> {
  return {
    "ansible.cfg": "", // in place of one that lies in the workspace
    "nodes.json": defaultInventory(nodes),
    pinned_hosts: await readFile(nodes.knownNodesFile, "utf8").catch(ignoreMissing),
    "extra_vars.json": JSON.stringify(extra_vars),
    [REACHED_FILE]: JSON.stringify(reached),
    [`${RECAP_PLUGIN}.py`]: RECAP_PLUGIN_SOURCE,
  };
}

function inventoryArguments(folder: runs.RunFolder, inventory: string | undefined): string[] {
  const files = [`${folder.visible}/nodes.json`, ...(inventory ? [inventory] : [])];
  return files.flatMap((file) => ["-i", file]);
}

async function checkTeamInventory(
  started: Started,
  inventories: readonly string[],
  playbook: string,
): Promise<void> {
  const { folder, context } = started;
  const list = [
    "--list",
    "--playbook-dir",
    posix.dirname(playbook),
    "--output",
    `${folder.visible}/all.json`,
  ];
  const argv = ["ansible-inventory", ...inventories, ...list] as const;
  const listed = await startAnsible(started, argv, { part: "inventory" });
  await checkInventory(listed, join(folder.real, "all.json"), context.nodes.nodes);
}

function options(
  { limit, check, diff, tags, extra_vars = {} }: PlayOptions,
  folder: runs.RunFolder,
): string[] {
  return [
    ...(Object.keys(extra_vars).length > 0 ? ["--extra-vars", `@${folder.visible}/extra_vars.json`] : []),
    // Last, so that no variable of a playbook or of the model can leave the pinned keys out.
    ...[
      "--extra-vars",
      JSON.stringify({
        ansible_ssh_args: sshArguments(folder),
        ansible_ssh_common_args: "",
        ansible_ssh_extra_args: "",
      }),
    ],
    ...(limit ? [`--limit=${limit}`] : []),
    ...(tags?.length ? [`--tags=${tags.join(",")}`] : []),
    ...(check ? ["--check"] : []),
    ...(diff ? ["--diff"] : []),
  ];
}

/** A node that freezes is noticed within 20 seconds. */
function sshArguments({ visible }: runs.RunFolder): string {
  const settings = [
    `UserKnownHostsFile=${visible}/pinned_hosts`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "IdentityFile=none",
    "BatchMode=yes",
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ControlMaster=auto",
    "ControlPersist=60s",
  ];
  return ["-F /dev/null", ...settings.map((setting) => `-o ${setting}`)].join(" ");
}

function ignoreMissing(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error;
  return ""; // no node answered yet: ansible will say that it knows no key
}
