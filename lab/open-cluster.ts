/** The cluster of a lab without its machines: its state, its commands, its API and where that is reached. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Settings } from "./api/call.ts";
import { keepCertificates } from "./api/certificates.ts";
import { type Doors, openDoors } from "./api/doors.ts";
import { type Cluster, startCluster } from "./cluster/server.ts";
import type { StoreOptions } from "./cluster/store.ts";
import { clusterSecrets, type Member } from "./pmxcfs/cluster-secrets.ts";

export type ClusterPlace = Omit<StoreOptions, "stateFile"> & {
  directory: string;
  members: readonly Member[];
  /** For root of every node. */
  authorizedKeys: string;
  signal: AbortSignal;
} & Pick<Settings, "lookAtNodes" | "guests">;

export type OpenCluster = {
  cluster: Cluster;
  doors: Doors;
  /** For the nodes' own commands. */
  access: { url: string; token: string; signal: AbortSignal };
  /** PEM. */
  caFile: string;
};

/** Adds to `closers` what it opens. */
export async function openCluster(
  place: ClusterPlace,
  closers: (() => Promise<void>)[],
): Promise<OpenCluster> {
  const { directory, members, authorizedKeys, signal, lookAtNodes, guests, ...store } = place;
  const folder = join(directory, "certificates");
  const certificates = await keepCertificates(folder, certified(members), signal);
  const { fingerprint, caFingerprint } = certificates;
  const token = randomBytes(24).toString("base64url");
  const cluster = await startCluster({
    ...store,
    ...{ stateFile: join(directory, "cluster.json"), port: 0, token },
    settings: { fingerprint, caFingerprint, lookAtNodes, ...(guests && { guests }) },
    files: clusterSecrets({ directory: folder, certificates, members, authorizedKeys }),
  });
  closers.push(cluster.close);
  const doors = await openDoors(cluster.api, certificates, directory);
  closers.push(doors.close);
  return { cluster, doors, access: { url: cluster.url, token, signal }, caFile: certificates.caFile };
}

/** One certificate for all: the API is one process here. */
function certified(nodes: ClusterPlace["members"]): string[] {
  const names = nodes.flatMap(({ name, address }) => [`${name}.lab.example`, name, address]);
  return [...names, "localhost", "127.0.0.1"];
}
