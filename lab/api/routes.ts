/** All that is simulated of the API, put together; a route that two files claim is a mistake. */
import type { Handlers } from "./call.ts";
import { accessRoutes } from "./routes/access.ts";
import { aclRoutes } from "./routes/acl.ts";
import { acmeRoutes } from "./routes/acme.ts";
import { applianceRoutes } from "./routes/appliances.ts";
import { backupRoutes } from "./routes/backup.ts";
import { bulkPowerRoutes } from "./routes/bulk-power.ts";
import { cephRoutes } from "./routes/ceph.ts";
import { cloudInitRoutes } from "./routes/cloud-init.ts";
import { clusterRoutes } from "./routes/cluster.ts";
import { clusterConfigRoutes } from "./routes/cluster-config.ts";
import { firewallRoutes } from "./routes/firewall.ts";
import { cloneRoutes } from "./routes/guest-clone.ts";
import { moveRoutes } from "./routes/guest-moves.ts";
import { powerRoutes } from "./routes/guest-power.ts";
import { snapshotRoutes } from "./routes/guest-snapshots.ts";
import { haRoutes } from "./routes/ha.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { lxcRoutes } from "./routes/lxc.ts";
import { networkRoutes } from "./routes/network.ts";
import { hardwareRoutes } from "./routes/node-hardware.ts";
import { serviceRoutes } from "./routes/node-services.ts";
import { nodeRoutes } from "./routes/nodes.ts";
import { poolRoutes } from "./routes/pools.ts";
import { pruneRoutes } from "./routes/prune-backups.ts";
import { qemuRoutes } from "./routes/qemu.ts";
import { agentRoutes } from "./routes/qemu-agent.ts";
import { scanRoutes } from "./routes/scan.ts";
import { sdnRoutes } from "./routes/sdn.ts";
import { storageRoutes } from "./routes/storage.ts";
import { storageConfigRoutes } from "./routes/storage-config.ts";
import { storageFileRoutes } from "./routes/storage-files.ts";
import { subscriptionRoutes } from "./routes/subscription.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { userRoutes } from "./routes/users.ts";
import { createTable } from "./table.ts";

const GROUPS: readonly Handlers[] = [
  accessRoutes,
  aclRoutes,
  acmeRoutes,
  agentRoutes,
  applianceRoutes,
  backupRoutes,
  bulkPowerRoutes,
  cephRoutes,
  cloudInitRoutes,
  cloneRoutes("lxc"),
  cloneRoutes("qemu"),
  clusterConfigRoutes,
  clusterRoutes,
  firewallRoutes,
  haRoutes,
  hardwareRoutes,
  jobRoutes,
  lxcRoutes,
  moveRoutes("lxc"),
  moveRoutes("qemu"),
  networkRoutes,
  nodeRoutes,
  poolRoutes,
  powerRoutes("lxc"),
  powerRoutes("qemu"),
  pruneRoutes,
  qemuRoutes,
  scanRoutes,
  sdnRoutes,
  serviceRoutes,
  snapshotRoutes("lxc"),
  snapshotRoutes("qemu"),
  storageConfigRoutes,
  storageFileRoutes,
  storageRoutes,
  subscriptionRoutes,
  taskRoutes,
  tokenRoutes,
  userRoutes,
];

export const TABLE = createTable(merged(GROUPS));

function merged(groups: readonly Handlers[]): Handlers {
  const all = new Map<string, Handlers[string]>();
  for (const [name, handler] of groups.flatMap((group) => Object.entries(group))) {
    if (all.has(name)) throw new TypeError(`two handlers for ${name}`);
    all.set(name, handler);
  }
  return Object.fromEntries(all);
}
