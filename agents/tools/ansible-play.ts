/** One run of ansible-playbook against the nodes, with pinned host keys and an SSH agent. */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isAppError } from "../base/errors.ts";
import type { GuestRun } from "../host/nodes/host.ts";
import { type PlayOptions, playArguments } from "./ansible-arguments.ts";
import { conclude, REACHED_FILE } from "./ansible-end.ts";
import { DOOR_PROGRAM, DOOR_SOURCE, SSH_CONFIG, sshConfig } from "./ansible-guests.ts";
import { checkInventory, defaultInventory, findInventory } from "./ansible-inventory.ts";
import { findPlaybook } from "./ansible-playbook.ts";
import { RECAP_PLUGIN, RECAP_PLUGIN_SOURCE } from "./ansible-plugin.ts";
import { type Started, startAnsible } from "./ansible-start.ts";
import * as runs from "./run-folder.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

export async function play(args: PlayOptions, context: ToolContext): Promise<ToolResult> {
  const playbook = await findPlaybook(context.workspace, args.playbook);
  const inventory = args.inventory && (await findInventory(context.workspace, args.inventory));
  const guests = await context.nodes.serveGuests({
    isShared: context.processes.sandbox === "container",
    signal: context.call.signal,
  });
  try {
    return await playWith(args, { playbook, inventory, guests, context });
  } finally {
    await guests?.close();
  }
}

type Prepared = {
  playbook: string;
  inventory: string | undefined;
  guests: GuestRun | undefined;
  context: ToolContext;
};

async function playWith(args: PlayOptions, { playbook, inventory, guests, context }: Prepared) {
  const names = [...context.nodes.nodes, ...(guests?.guests ?? [])].map(({ name }) => name);
  const reached = await pinHosts(context, names);
  const folderOf = runs.runFolder(runs.openRuns(context), context.call.id);
  const files = {
    ...(await runFiles(args, context, { reached, guests })),
    ...guestFiles(guests, folderOf.visible),
  };
  const folder = await runs.makeRunFolder(runs.openRuns(context), context.call, files);
  return await runs.withSshAgent(context, "required", async (access) => {
    const ssh = { ...access, sockets: [...access.sockets, ...(guests?.sockets ?? [])] };
    const started = { timeout_s: args.timeout_s, folder, ssh, context };
    const inventories = inventoryArguments(folder, inventory);
    if (inventory) await checkTeamInventory(started, inventories, { playbook, guests });
    const argv = [
      "ansible-playbook",
      ...inventories,
      ...playArguments(args, folder, guests),
      playbook,
    ] as const;
    for (const name of names) context.call.touch(name);
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
 * The hosts that let the agent in. A guest, or a node that does not answer is ansible's to report; a changed host key or a missing key
 * ends it here.
 */
async function pinHosts({ nodes, call }: ToolContext, names: readonly string[]): Promise<string[]> {
  const pins = await Promise.allSettled(names.map((name) => nodes.pin(name, call)));
  for (const pin of pins.slice(0, nodes.nodes.length)) {
    if (pin.status === "rejected" && !isAppError(pin.reason, "unavailable")) throw pin.reason;
  }
  return names.filter((_, index) => pins[index]?.status === "fulfilled");
}

async function runFiles(
  { extra_vars = {} }: PlayOptions,
  { nodes }: ToolContext,
  { reached, guests }: { reached: readonly string[]; guests: GuestRun | undefined },
): Promise<Record<string, string>> {
  return {
    "ansible.cfg": "", // in place of one that lies in the workspace
    "nodes.json": defaultInventory(nodes, guests?.guests),
    pinned_hosts: await pinnedHosts(nodes, guests),
    "extra_vars.json": JSON.stringify(extra_vars),
    [REACHED_FILE]: JSON.stringify(reached),
    [`${RECAP_PLUGIN}.py`]: RECAP_PLUGIN_SOURCE,
  };
}

async function pinnedHosts(nodes: ToolContext["nodes"], guests: GuestRun | undefined): Promise<string> {
  const files = [nodes.knownNodesFile, guests && nodes.knownGuestsFile].filter((file) => file !== undefined);
  const texts = files.map((file) => readFile(file, "utf8").catch(ignoreMissing));
  return (await Promise.all(texts)).join("\n");
}

function guestFiles(guests: GuestRun | undefined, folder: string): Record<string, string> {
  return guests ? { [SSH_CONFIG]: sshConfig(guests, folder), [DOOR_PROGRAM]: DOOR_SOURCE } : {};
}

function inventoryArguments(folder: runs.RunFolder, inventory: string | undefined): string[] {
  const files = [`${folder.visible}/nodes.json`, ...(inventory ? [inventory] : [])];
  return files.flatMap((file) => ["-i", file]);
}

async function checkTeamInventory(
  started: Started,
  inventories: readonly string[],
  { playbook, guests }: Pick<Prepared, "playbook" | "guests">,
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
  await checkInventory(listed, join(folder.real, "all.json"), [
    ...context.nodes.nodes,
    ...(guests?.guests ?? []).map((guest) => ({ ...guest, host: guest.name })),
  ]);
}

function ignoreMissing(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error;
  return ""; // no node answered yet: ansible will say that it knows no key
}
