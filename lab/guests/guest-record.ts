/** What a guest keeps of itself as a node's state keeps it of a node: what it is built of, and which of its units run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openApi } from "../api/open-api.ts";
import { runCommand } from "../cluster/cli.ts";
import { nodeHardware } from "../cluster/node-facts.ts";
import { succeeded } from "../cluster/outcome.ts";
import { startState } from "../cluster/start-states.ts";
import type { ClusterState } from "../cluster/state.ts";
import { openStore } from "../cluster/store.ts";
import type { ClusterClient } from "../machines/cluster-client.ts";
import type { GuestPlan } from "./guest-plan.ts";

/** Of a node's: the others are a node's alone. */
const KEPT_UNITS = ["cron", "nftables", "ssh"];
const CPU = "QEMU Virtual CPU version 2.5+";
const BASE_BYTES = 1.2 * 1024 ** 3;

/** In `directory`, from one boot to the next, as long as it is kept. */
export function openGuestRecord(
  directory: string,
  plan: GuestPlan,
  { now, isKept }: { now: () => number; isKept: () => boolean },
): ClusterClient {
  const stateFile = join(directory, "guest.json");
  const isNew = !existsSync(stateFile);
  const store = openStore({ stateFile, start: "fresh", now });
  const api = openApi(store);
  store.change((draft) => describe(draft, plan, isNew));
  const none = async () => ({ folders: [], made: [], files: [] });
  return {
    exec: async (argv) => (isKept() ? runCommand({ api, node: plan.name, argv }) : succeeded()),
    address: async () => plan.card?.address?.ip ?? "",
    hardware: async () => nodeHardware(store.state(), plan.name),
    storageFiles: none,
    files: async () => ({ revision: store.state().revision, folders: [], files: {} }),
  };
}

function describe(draft: ClusterState, plan: GuestPlan, isNew: boolean): void {
  const [first = startState("fresh", 0).nodes[0]] = draft.nodes;
  if (first === undefined) return;
  const units = Object.fromEntries(Object.entries(first.units).filter(([name]) => KEPT_UNITS.includes(name)));
  draft.nodes = [
    {
      ...first,
      ...{ name: plan.name, address: plan.card?.address?.ip ?? "", macAddress: plan.card?.mac ?? "" },
      ...{
        cpus: plan.cpus,
        cpuModel: CPU,
        memoryBytes: plan.memoryBytes,
        baseMemoryBytes: plan.memoryBytes / 5,
      },
      ...{ units: isNew ? units : first.units, storages: [disk(plan)] },
    },
  ];
}

function disk({ diskBytes }: GuestPlan) {
  const size = { totalBytes: diskBytes, baseUsedBytes: Math.min(BASE_BYTES, diskBytes) };
  return { name: "local", type: "dir", content: [], options: {}, ...size };
}
