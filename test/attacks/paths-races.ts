/** Links that change places with plain files and folders, by another process, all the time that the tools work. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Count } from "./count.ts";
import { attempt } from "./paths-attempt.ts";
import type { Hand } from "./paths-hands.ts";
import type { World } from "./paths-world.ts";

type Races = { world: World; hands: readonly Hand[]; races: number; signal: AbortSignal };

const SWAPPER = join(import.meta.dirname, "./paths-swapper.ts");
const LIMIT_MS = 300_000;
const NAMES = ["file", "folder/secret", "folder/new", "hard"];

/** Rejects when the exchanging was not seen: then nothing was tried. */
export async function runRaces({ world, hands, races, signal }: Races, count: Count): Promise<void> {
  const place = join(world.directory, "app/infra/race");
  const secret = join(world.directory, world.secrets.find((file) => file.startsWith("outside/race")) ?? "");
  mkdirSync(place, { recursive: true });
  const swapper = spawn(process.execPath, [SWAPPER, place, secret, join(world.directory, "outside/folder")], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT_MS,
    signal,
  });
  const ended = once(swapper, "close");
  await once(swapper.stdout, "data");
  const outcomes = { refused: 0, done: 0 };
  try {
    for (let race = 0; race < races; race++) {
      const hand = hands[race % hands.length];
      const name = NAMES[Math.floor(race / hands.length) % NAMES.length];
      if (!hand) break;
      const isRefused = await attempt({ world, hand, path: `/app/infra/race/${name}` }, count);
      outcomes[isRefused ? "refused" : "done"]++;
    }
  } finally {
    swapper.kill("SIGKILL");
    await ended;
  }
  if (races > 0 && (outcomes.refused === 0 || outcomes.done === 0))
    throw new Error(`no race took place: ${JSON.stringify(outcomes)}`);
}
