/** The hosts that ansible may reach: the nodes, with what an inventory file of the team says about them. */
import { stat } from "node:fs/promises";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import type { Guest } from "../base/guests.ts";
import type { CommandResult } from "../host/commands/command.ts";
import { locate, resolveVisible, type Workspace } from "../host/files/paths.ts";
import type { NodePool } from "../host/nodes/ssh.ts";
import { readPlainJson } from "./plain-file.ts";

/** What ssh is asked for: of a guest the name, by which our ssh_config knows it. */
type AnsibleHost = { name: string; host: string; port: number };

/** JSON, which is YAML as well: the group `proxmox` with every node, `guests` with every guest. */
export function defaultInventory(
  { nodes, user }: Pick<NodePool, "nodes" | "user">,
  guests: readonly Guest[] = [],
): string {
  const hosts = nodes.map(({ name, host, port }) => [name, { ansible_host: host, ansible_port: port }]);
  const vars = {
    ansible_user: user,
    ansible_python_interpreter: "/usr/bin/python3",
    ansible_remote_tmp: "~/.ansible/tmp", // what is set for this machine is not theirs
  };
  const proxmox = { hosts: Object.fromEntries(hosts), vars };
  if (guests.length === 0) return JSON.stringify({ proxmox }, null, 1);
  const named = guests.map((guest) => [
    guest.name,
    { ansible_host: guest.name, ansible_port: guest.port, ansible_user: guest.user },
  ]);
  const { ansible_user: _, ...shared } = vars;
  return JSON.stringify({ proxmox, guests: { hosts: Object.fromEntries(named), vars: shared } }, null, 1);
}

/** The inventory file as ansible sees it. AppError `not_allowed` for a folder or a program: only text is read. */
export async function findInventory(workspace: Workspace, path: string): Promise<string> {
  const { root, visible } = locate(workspace, path);
  const file = await stat(await resolveVisible(workspace, visible));
  if (root === "/app/config" && file.isFile() && (file.mode & 0o111) === 0) return visible;
  throw new AppError(
    "not_allowed",
    `${visible} is not a plain, non-executable inventory file under /app/config.`,
  );
}

const listShape = z
  .object({ _meta: z.object({ hostvars: z.record(z.string(), z.record(z.string(), z.unknown())) }) })
  .catchall(z.object({ hosts: z.array(z.string()).default([]) }));

/** Some thousand hosts with their variables: more would hold the agent too long. */
export const MAX_INVENTORY_BYTES = 1_000_000;

/**
 * What `ansible-inventory --list` wrote to `file` about both inventories together. AppError `not_allowed` for a host
 * that is not a node, or a node that is sent elsewhere; `bad_arguments` when it cannot be read.
 */
export async function checkInventory(
  listed: CommandResult,
  file: string,
  nodes: readonly AnsibleHost[],
): Promise<void> {
  if (listed.kind !== "exited" || listed.exitCode !== 0) {
    throw unreadable(listed.stderr.text.trim().slice(0, 1_000));
  }
  checkHosts(await readPlainJson(file, MAX_INVENTORY_BYTES), nodes);
}

/** The same of the list itself. */
export function checkHosts(list: unknown, nodes: readonly AnsibleHost[]): void {
  const listing = listShape.safeParse(list);
  if (!listing.success) throw unreadable("its list is not that of ansible-inventory");
  const { _meta, ...groups } = listing.data;
  const names = new Set([
    ...Object.keys(_meta.hostvars),
    ...Object.values(groups).flatMap(({ hosts }) => hosts),
  ]);
  for (const name of names) {
    const vars = _meta.hostvars[name] ?? {};
    const node = nodes.find((candidate) => candidate.name === name);
    if (!node) throw foreign(`the host "${name}", which is not a node and no guest`, nodes);
    const expected = { ansible_host: node.host, ansible_port: node.port, ansible_connection: "ssh" };
    for (const [key, value] of Object.entries(expected)) {
      if (String(vars[key] ?? value) !== String(value))
        throw foreign(`${key}=${vars[key]} for ${name}`, nodes);
    }
  }
}

function unreadable(reason: string): AppError {
  return new AppError("bad_arguments", `The inventory cannot be read: ${reason}`);
}

function foreign(what: string, nodes: readonly AnsibleHost[]): AppError {
  const names = nodes.map(({ name }) => name).join(", ") || "none";
  return new AppError(
    "not_allowed",
    `The inventory has ${what}. Nodes and guests (they need no address there): ${names}. The operator names guests by /host add.`,
  );
}
