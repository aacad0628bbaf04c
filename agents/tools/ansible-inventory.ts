/** The hosts that ansible may reach: the nodes, with what an inventory file of the team says about them. */
import { stat } from "node:fs/promises";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import type { CommandResult } from "../host/commands/command.ts";
import { locate, resolveVisible, type Workspace } from "../host/files/paths.ts";
import type { NodePool } from "../host/nodes/ssh.ts";

/** JSON, which is YAML as well: the group `proxmox` with every node. */
export function defaultInventory({ nodes, user }: Pick<NodePool, "nodes" | "user">): string {
  const hosts = nodes.map(({ name, host, port }) => [name, { ansible_host: host, ansible_port: port }]);
  const vars = { ansible_user: user, ansible_python_interpreter: "/usr/bin/python3" };
  return JSON.stringify({ proxmox: { hosts: Object.fromEntries(hosts), vars } }, null, 1);
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

/**
 * What `ansible-inventory --list` says about both inventories together. AppError `not_allowed` for a host
 * that is not a node, or a node that is sent elsewhere; `bad_arguments` when it cannot be read.
 */
export function checkInventory(listed: CommandResult, nodes: NodePool["nodes"]): void {
  if (listed.kind !== "exited" || listed.exitCode !== 0 || listed.stdout.truncated) {
    throw new AppError(
      "bad_arguments",
      `The inventory cannot be read: ${listed.stderr.text.trim().slice(0, 1_000)}`,
    );
  }
  const { _meta, ...groups } = listShape.parse(JSON.parse(listed.stdout.text));
  const names = new Set([
    ...Object.keys(_meta.hostvars),
    ...Object.values(groups).flatMap(({ hosts }) => hosts),
  ]);
  for (const name of names) {
    const vars = _meta.hostvars[name] ?? {};
    const node = nodes.find((candidate) => candidate.name === name);
    if (!node) throw foreign(`the host "${name}", which is not a node`, nodes);
    const expected = { ansible_host: node.host, ansible_port: node.port, ansible_connection: "ssh" };
    for (const [key, value] of Object.entries(expected)) {
      if (String(vars[key] ?? value) !== String(value))
        throw foreign(`${key}=${vars[key]} for ${name}`, nodes);
    }
  }
}

function foreign(what: string, nodes: NodePool["nodes"]): AppError {
  const names = nodes.map(({ name }) => name).join(", ") || "none";
  return new AppError(
    "not_allowed",
    `The inventory has ${what}. Nodes (they need no address there): ${names}.`,
  );
}
