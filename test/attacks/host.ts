/**
 * The class `host`: ways out of a sandbox into the machine itself, by each tool that runs commands and on the nodes of
 * a lab, started by root and by others. Harm is a setting of the kernel that changed, a process that was hurt, a
 * clock that jumped, or a call that the kernel of the machine did not refuse. A layer is a surface: without it the
 * same scripts run with nothing in between, as root, and each must do harm.
 */
import { AppError } from "../../agents/base/errors.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { variants } from "./captives.ts";
import { Count } from "./count.ts";
import { CLOCK_WAYS, DEVICE_WAYS, KEY_WAYS, MOUNT_WAYS, PROCESS_WAYS, scriptOfPython } from "./host-calls.ts";
import { PROC_SYS_WAYS, SYS_WAYS } from "./host-files.ts";
import { barePlace, nodePlace, type Place, toolPlaces } from "./host-places.ts";
import { canBeHarmed, createHostWorld, type HostWorld } from "./host-world.ts";

export const SURFACES = ["proc-sys", "sys", "keys", "clock", "devices", "mounts", "processes"] as const;
export type Surface = (typeof SURFACES)[number];
export type Way = { surface: Surface; name: string; body: string };

const PYTHON = {
  keys: KEY_WAYS,
  clock: CLOCK_WAYS,
  devices: DEVICE_WAYS,
  mounts: MOUNT_WAYS,
  processes: PROCESS_WAYS,
} as const;

export const WAYS: readonly Way[] = [
  ...PROC_SYS_WAYS.map(([name, body]) => ({ surface: "proc-sys" as const, name, body })),
  ...SYS_WAYS.map(([name, body]) => ({ surface: "sys" as const, name, body })),
  ...(Object.keys(PYTHON) as (keyof typeof PYTHON)[]).flatMap((surface) =>
    PYTHON[surface].map(([name, code]) => ({ surface, name, body: scriptOfPython(code) })),
  ),
];

/** What a container's engine keeps from it, and what there is no engine for here. */
const OF_THE_ENGINE = new Set(["list of all keys", "network tunnel", "virtual machines"]);

export type HostSize = { ways: readonly Way[]; places: readonly Place[] };

export const host: AttackClass = {
  name: "host",
  layers: SURFACES,
  run: (options) => runHost(options, { ways: WAYS, places: allPlaces() }),
};

function allPlaces(): Place[] {
  const users = variants().filter(({ kind }) => kind === "bubblewrap");
  return [...users.map(({ uid, gid }) => nodePlace({ uid, gid })), ...variants().flatMap(toolPlaces)];
}

export async function runHost(options: AttackOptions, { ways, places }: HostSize): Promise<Tally> {
  const count = new Count();
  const { without, signal } = options;
  if (without !== undefined && !canBeHarmed())
    throw new AppError(
      "missing_requirement",
      "only root of a machine with a kernel of its own misses these guards",
    );
  const tried = ways.filter(({ surface }) => without === undefined || surface === without);
  for (const place of without === undefined ? places : [barePlace()]) {
    const fitting = tried.filter(({ name }) => place.kind !== "container" || !OF_THE_ENGINE.has(name));
    await attack({ place, ways: fitting, signal }, count);
  }
  return count.tally;
}

type Attack = { place: Place; ways: readonly Way[]; signal: AbortSignal };

async function attack({ place, ways, signal }: Attack, count: Count): Promise<void> {
  const world = createHostWorld(place.user);
  let tried = 0;
  try {
    const scripts = ways.map((way) => ({
      name: `${way.surface}: ${way.name}`,
      script: () => scriptOf(way, world),
    }));
    for await (const { text, isRefused } of place.attempt(scripts, signal)) {
      signal.throwIfAborted();
      const said = /^HARM: .*/m.exec(text)?.[0];
      const harm = [said, world.harm()].filter((found) => found !== undefined).join("; ") || undefined;
      count.add(`${scripts[tried++]?.name} by ${place.name}`, { harm, isRefused });
    }
  } finally {
    await world.close();
  }
  if (tried < ways.length) throw new Error(`${place.name}: only ${tried} of ${ways.length} were tried`);
}

function scriptOf({ surface, body }: Way, world: HostWorld): string {
  const names = Object.entries(world.environment(surface)).map(
    ([name, value]) => `export ${name}='${value}'`,
  );
  return `${names.join("\n")}\n${body}\n`;
}
