/**
 * The class `paths`: strings that try to lead a file tool out of its roots or to a key, and links that are exchanged
 * while it looks. Harm is a secret that was read, or anything that was changed, deleted or made around the workspace.
 */
import { randomFrom } from "../../agents/testing/random.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { Count } from "./count.ts";
import { attempt } from "./paths-attempt.ts";
import { handsOf, PATH_LAYERS } from "./paths-hands.ts";
import { runRaces } from "./paths-races.ts";
import { pathStrings } from "./paths-strings.ts";
import { createPathWorld, type PathRole } from "./paths-world.ts";

const ROLES: readonly PathRole[] = ["DevOps_Builder", "Architect_Zero"];

/** A missing layer need not be missed any oftener. */
const ENOUGH = 20;

export type PathSize = { strings: number; races: number };

export const paths: AttackClass = {
  name: "paths",
  layers: PATH_LAYERS,
  run: (options) => runPaths(options, { strings: 20_000, races: 2_000 }),
};

/** Every string against every file tool of two roles, then the races. */
export async function runPaths(options: AttackOptions, size: PathSize): Promise<Tally> {
  const without = PATH_LAYERS.find((layer) => layer === options.without);
  const count = new Count();
  for (const role of ROLES) {
    const world = await createPathWorld(role);
    try {
      const hands = handsOf(world, without);
      const strings = pathStrings(size.strings, randomFrom(options.seed), world);
      for (const path of strings) {
        options.signal.throwIfAborted();
        for (const hand of hands) await attempt({ world, hand, path }, count);
        if (without && count.tally.harm >= ENOUGH) return count.tally;
      }
      if (role === "DevOps_Builder") await runRaces({ world, hands, races: size.races, ...options }, count);
    } finally {
      world.remove();
    }
  }
  return count.tally;
}
