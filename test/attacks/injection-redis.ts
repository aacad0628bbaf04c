/** The Redis of the injections, and who may say what there. */
import { join } from "node:path";
import type { Bus } from "../../agents/bus/bus.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import type { Role } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { passwordFile } from "../../launcher/team/bus-identities.ts";
import { addressOf, type BusAccess, startRedis } from "../../launcher/team/redis.ts";
import { MortalRedis } from "../rig/mortal-redis.ts";

export const VICTIM: Role = "DevOps_Builder";
export const PEER: Role = "QA_Tester";

export type InjectionRedis = {
  port: number;
  accessOf(identity: Role | "console"): Partial<BusAccess>;
  passwordFiles: string[];
};

/** With users who may only speak for themselves, or with one who may do everything. */
export async function openRedis(
  directory: string,
  users: "own" | "open",
  stack: AsyncDisposableStack,
): Promise<InjectionRedis> {
  if (users === "open") {
    const changeUsers = () => "user default on nopass ~* &* +@all\n";
    const redis = stack.use(await MortalRedis.start(directory, { changeUsers }));
    const access = { REDIS_URL: `redis://127.0.0.1:${redis.port}`, BUS_MODE: "compat" } as const;
    return { port: redis.port, accessOf: () => access, passwordFiles: [] };
  }
  const redis = await startRedis({ directory });
  stack.defer(redis.close);
  const identities = ["console", VICTIM, PEER, "Security_Sentinel"] as const;
  const passwordFiles = identities.map((identity) => passwordFile(join(directory, "identities"), identity));
  return { port: redis.port, accessOf: redis.accessOf, passwordFiles };
}

export function openBus(redis: InjectionRedis, identity: Role | "console", stack: AsyncDisposableStack): Bus {
  const access = redis.accessOf(identity);
  const bus = connectRedisBus({
    ...{ url: addressOf(access), name: identity, mode: access.BUS_MODE ?? "strict" },
    ...(identity === "console" ? {} : { speaker: identity }),
    redactor: createRedactor([]),
  });
  stack.defer(() => bus.close());
  return bus;
}
