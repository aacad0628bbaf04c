/** The agent that `./minilab up` runs, for roles that need no nodes, against an endpoint of the benchmark. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bus } from "../../../agents/bus/bus.ts";
import type { Role } from "../../../agents/protocol/roles.ts";
import { bundle } from "../../../launcher/team/bundle.ts";
import { startChild } from "../../../launcher/team/child.ts";
import { makeWorkspace } from "../../../launcher/team/missing-parts.ts";
import { PROJECT_DIR } from "../../../launcher/team/project.ts";
import type { BusAccess } from "../../../launcher/team/redis.ts";
import { productEnv } from "../../rig/product-env.ts";

export type AgentPlace = { directory: string; modelUrl: string; accessOf(role: Role): BusAccess };

export function prepareWorkspace(directory: string): void {
  makeWorkspace(directory);
  cpSync(join(PROJECT_DIR, "prompts"), join(directory, "prompts"), { recursive: true });
  mkdirSync(join(directory, "logs"));
}

/** Resolves when it says that it is idle; rejects when it ends before. It is ended by `stack`. */
export async function startRealAgent(
  role: Role,
  { place, bus, stack }: { place: AgentPlace; bus: Bus; stack: AsyncDisposableStack },
): Promise<void> {
  const { directory, modelUrl } = place;
  const { agent } = await bundle();
  const child = startChild({
    argv: [process.execPath, agent],
    cwd: directory,
    env: {
      ...{ ...productEnv(), HOME: directory, PROJECT_DIR: directory, AGENT_ROLE: role },
      ...{ ...place.accessOf(role), OPENAI_API_BASE: modelUrl, OPENAI_API_KEY: "bench" },
    },
    output: join(directory, "logs", `${role}.log`),
  });
  stack.defer(child.stop);
  const ended = child.ended.then(() => {
    throw new Error(`${role} ended early: see ${directory}/logs`);
  });
  await Promise.race([idle(bus, role), ended]);
}

function idle(bus: Bus, role: Role): Promise<void> {
  return new Promise((resolve) => {
    const stop = bus.watch((event) => {
      if (event.kind !== "activity" || event.role !== role || event.state !== "idle") return;
      stop();
      resolve();
    });
  });
}
