/** The nodes of a lab: each as a machine, what the cluster's state is to it, and the doors of this machine that lead to them. */
import { join } from "node:path";
import type { NodeAddress } from "../agents/base/config.ts";
import { isQuorate } from "./cluster/quorum.ts";
import type { Cluster } from "./cluster/server.ts";
import { watchFirewall } from "./firewall/compile.ts";
import { createClusterClient } from "./machines/cluster-client.ts";
import { forward } from "./machines/forward.ts";
import type { Identity } from "./machines/identity.ts";
import type { LabClock } from "./machines/lab-clock.ts";
import type { LabNetwork } from "./machines/network.ts";
import { type NodeOptions, type RunningNode, startNode } from "./machines/start-node.ts";
import { NodeView } from "./pmxcfs/node-view.ts";

export type LabNode = NodeAddress & {
  /** In the lab's own network, as the cluster reports it; there it is port 22. */
  address: string;
  /** `SHA256:...`, as OpenSSH prints it. */
  hostKeyFingerprint: string;
  /** File with the password of root, mode 0600: accepted until sshd is hardened. */
  passwordFile: string;
};

type OfNode = Pick<NodeOptions, "files" | "firewall">;

/** What the cluster's state is to a node. Only nodes that run can vote. */
export function makerOf(cluster: Cluster, running: readonly RunningNode[]): (node: string) => OfNode {
  const isUp = (name: string) => running.some((one) => one.name === name && one.computer.machine);
  return (node) => ({
    files: new NodeView({
      ...{ files: cluster.files, node },
      isQuorate: () => isQuorate(cluster.state(), node, isUp),
    }),
    firewall: watchFirewall(() => cluster.state(), node),
  });
}

type NodesOptions = {
  network: LabNetwork;
  directory: string;
  members: readonly Identity[];
  authorizedKeys: string;
  clusterAccess: { url: string; token: string; signal: AbortSignal };
  clock: LabClock;
  apiSocket: string;
  madeFor(node: string): OfNode;
};

type StartedNodes = { nodes: LabNode[]; started: RunningNode[]; proxyUrl: string };

/** Adds to `closers` what it opens. */
export async function startNodes(
  options: NodesOptions,
  closers: (() => Promise<void>)[],
): Promise<StartedNodes> {
  const { network, directory, members, clusterAccess, madeFor, ...shared } = options;
  const starts = members.map(async (identity) => {
    const cluster = createClusterClient({ ...clusterAccess, node: identity.name });
    const place = { network, directory: join(directory, identity.name) };
    const node = await startNode({
      ...{ ...place, ...madeFor(identity.name), identity, neighbours: members, cluster },
      ...shared,
    });
    closers.push(node.close);
    return node;
  });
  const started = (await Promise.allSettled(starts)).map(startedNode);
  const routes = started.map(({ address }) => ({ listen: "127.0.0.1:0", target: `${address}:22` }));
  routes.push({ listen: "127.0.0.1:0", target: "CONNECT" });
  const door = await forward({ to: network.pid, routes });
  closers.push(door.close);
  const nodes = started.map((node, index) => toLabNode(node, door.ports[index] ?? 0));
  return { started, nodes, proxyUrl: `http://127.0.0.1:${door.ports.at(-1)}` };
}

function startedNode(result: PromiseSettledResult<RunningNode>): RunningNode {
  if (result.status === "fulfilled") return result.value;
  throw result.reason;
}

function toLabNode({ name, address, hostKeyFingerprint, passwordFile }: RunningNode, port: number): LabNode {
  return { name, host: "127.0.0.1", port, address, hostKeyFingerprint, passwordFile };
}
