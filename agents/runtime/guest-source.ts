/** The guests of a role's process: those of the settings and those that the operator has named on the bus, and what they may be. */
import { dirname, join } from "node:path";
import { type Config, projectPath } from "../base/config.ts";
import { readPrivateKey } from "../base/guest-key.ts";
import type { Guest } from "../base/guests.ts";
import { createGuard } from "../host/nodes/guest-guard.ts";
import type { GuestSource } from "../host/nodes/node-pool.ts";

export type NamedGuests = (signal: AbortSignal) => Promise<readonly Guest[]>;

export function guestsOf(config: Config, named: NamedGuests): GuestSource {
  const { PROXMOX_NODES: nodes, PROXMOX_PROXY: proxy, GUEST_NETWORKS: networks } = config;
  const redis = new URL(config.REDIS_URL).hostname.replace(/^\[|\]$/g, "");
  const own = [
    { host: redis, what: "the team's Redis" },
    ...(proxy ? [{ host: proxy.host, what: "the proxy that leads to the nodes" }] : []),
  ];
  return {
    read: async (signal) => [...config.GUESTS, ...(await named(signal))],
    guard: createGuard({ nodes, networks, own }),
    privateKey: () => readPrivateKey(projectPath(config, config.GUEST_KEY_FILE)),
    // beside the operator's file: that one is his, and his nodes' alone
    knownGuestsFile: join(dirname(projectPath(config, config.KNOWN_NODES_FILE)), "known_guests"),
  };
}
