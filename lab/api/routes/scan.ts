/** What a node finds that could become a storage: its volume group and thin pool, no ZFS pool, no server in its network. */
import { AppError } from "../../../agents/base/errors.ts";
import { nodeOf } from "../../cluster/storage.ts";
import { type Call, type Handlers, read, text } from "../call.ts";

const SCAN = "GET /nodes/{node}/scan";

export const scanRoutes: Handlers = {
  [`${SCAN}/lvm`]: read((call) => [{ vg: "pve", size: sizeOf(call), free: 0 }]),
  [`${SCAN}/lvmthin`]: read((call) => {
    if (text(call, "vg") !== "pve") return [];
    return [{ lv: "data", lv_size: sizeOf(call), lv_type: "t", vg: "pve" }];
  }),
  [`${SCAN}/zfs`]: read(() => []),
  [`${SCAN}/nfs`]: read(() => {
    throw new AppError(
      "conflict",
      "clnt_create: RPC: Unable to receive\ncommand '/sbin/showmount --no-headers --exports' failed: exit code 1",
    );
  }),
  [`${SCAN}/cifs`]: read(() => {
    throw new AppError("conflict", "failed to scan for SMB/CIFS resources: NT_STATUS_HOST_UNREACHABLE");
  }),
  [`${SCAN}/iscsi`]: read((call) => {
    throw new AppError(
      "conflict",
      `failed to discover targets: portal '${text(call, "portal")}' not reachable`,
    );
  }),
  [`${SCAN}/pbs`]: read((call) => {
    const place = `${text(call, "server")}:${text(call, "port") || 8007}`;
    throw new AppError(
      "conflict",
      `error fetching datastores - 500 Can't connect to ${place} (No route to host)`,
    );
  }),
};

function sizeOf(call: Call): number {
  const pools = nodeOf(call.state, text(call, "node")).storages.filter(({ type }) => type === "lvmthin");
  return pools[0]?.totalBytes ?? 0;
}
