/** The pool: one connection a node, made when first needed, made again after a break. */
import type { NodeAddress } from "../../base/config.ts";
import { AppError } from "../../base/errors.ts";
import type { Permit } from "../../base/permit.ts";
import type { Artifacts } from "../../base/truncate.ts";
import type { Redactor } from "../../redact/redact.ts";
import { abortable } from "../commands/abortable.ts";
import { isPinned } from "./known-nodes.ts";
import { CONFIRM_MS, endRemote, execRemote } from "./remote-exec.ts";
import { type Client, connectNode, type Login, type NodePool, parsePrivateKey } from "./ssh.ts";
import { serveSshAgent } from "./ssh-agent.ts";

export type NodePoolOptions = Omit<Login, "privateKey"> & {
  nodes: readonly NodeAddress[];
  /** PEM or OpenSSH form; undefined is an AppError `missing_requirement` at the first use. */
  privateKey: string | Buffer | undefined;
  artifacts: Artifacts;
  redactor: Redactor;
  permit: Permit;
};

export function createNodePool(options: NodePoolOptions): NodePool {
  const connections = new Map<string, Promise<Client>>();
  const closing = new AbortController();

  const connect = async (node: NodeAddress): Promise<Client> => {
    const privateKey = requireKey(options.privateKey);
    await parsePrivateKey(privateKey);
    const client = await connectNode(node, { ...options, privateKey }, closing.signal);
    client.once("close", () => connections.delete(node.name));
    return client;
  };

  const connection = (name: string, signal: AbortSignal): Promise<Client> => {
    const node = requireNode(options.nodes, name);
    closing.signal.throwIfAborted();
    let pending = connections.get(name);
    if (!pending) {
      pending = connect(node);
      pending.catch(() => connections.delete(name));
      connections.set(name, pending);
    }
    return abortable(pending, signal);
  };

  return {
    nodes: options.nodes,
    user: options.user,
    knownNodesFile: options.knownNodesFile,
    exec: async (name, command, call) => {
      const client = await connection(name, call.signal);
      options.permit();
      const outputs = { outputDirectory: options.artifacts.directory, redactor: options.redactor };
      return await execRemote(client, command, { ...call, ...outputs });
    },
    end: async (name, callId) => {
      const limit = AbortSignal.timeout(CONFIRM_MS);
      const ended = connection(name, limit).then((client) => endRemote(client, { callId, limit }));
      return await ended.catch(() => false); // not confirmed, whatever the reason
    },
    pin: async (name, { signal }) => void (await connection(name, signal)),
    serveAgent: async (serve) =>
      serveSshAgent({
        ...serve,
        privateKey: requireKey(options.privateKey),
        user: options.user,
        isHost: (key) => isPinned(options.knownNodesFile, options.nodes, key),
      }),
    close: async () => {
      closing.abort();
      const open = await Promise.allSettled(connections.values());
      for (const result of open) if (result.status === "fulfilled") result.value.destroy();
    },
  };
}

function requireNode(nodes: readonly NodeAddress[], name: string): NodeAddress {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node) return node;
  const known = nodes.map((candidate) => candidate.name).join(", ") || "none: PROXMOX_NODES is empty";
  throw new AppError("not_found", `"${name}" is not a node of the inventory. Nodes: ${known}.`);
}

function requireKey(key: string | Buffer | undefined): string | Buffer {
  if (key !== undefined) return key;
  throw new AppError("missing_requirement", "There is no SSH key: SSH_KEY_FILE does not exist.");
}
