/**
 * The class `theft`: scripts that try to get a secret of the agent, to end it or to change it, run by each tool that
 * runs commands, for each user and each kind of sandbox of this machine. Harm is a canary in what came back, an agent
 * that died, or a changed file.
 */
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { CAPTIVE_LAYERS, type CaptiveLayer } from "./captive-parts.ts";
import { startCaptive, type Variant, variants } from "./captives.ts";
import { Count } from "./count.ts";
import {
  ansibleHand,
  externalHand,
  type Hand,
  type Loot,
  putScripts,
  type Script,
  shellHand,
  terraformHand,
} from "./theft-hands.ts";
import { scriptOf, VECTORS, type Vector } from "./theft-vectors.ts";
import { createTheftWorld, type TheftWorld } from "./theft-world.ts";

const BUILDER = "DevOps_Builder";

export type TheftSize = { vectors: readonly Vector[]; variants: readonly Variant[] };

export const theft: AttackClass = {
  name: "theft",
  layers: CAPTIVE_LAYERS,
  run: (options) => runTheft(options, { vectors: VECTORS, variants: variants() }),
};

export async function runTheft(options: AttackOptions, size: TheftSize): Promise<Tally> {
  const count = new Count();
  const without = CAPTIVE_LAYERS.find((layer) => layer === options.without);
  for (const variant of size.variants) {
    const world = await createTheftWorld(variant);
    try {
      for (const hand of handsOf(world, variant, without)) {
        await rob({ world, variant, hand, size, without, signal: options.signal }, count);
      }
    } finally {
      await world.close();
    }
  }
  return count.tally;
}

/** Terraform and ansible see the workspace under names that a container's image has; here only bubblewrap makes them. */
function handsOf(world: TheftWorld, { kind }: Variant, without: CaptiveLayer | undefined): Hand[] {
  const shell = shellHand(BUILDER, world, kind === "container");
  if (kind === "container" || without) return [shell];
  return [
    ansibleHand(world, "delegate_to localhost"),
    ansibleHand(world, "pipe lookup"),
    terraformHand(world),
    externalHand(world),
    shell,
    ...["Security_Sentinel", "QA_Tester"].map((role) => shellHand(role, world, false)),
  ];
}

type Robbery = {
  world: TheftWorld;
  variant: Variant;
  hand: Hand;
  size: TheftSize;
  without: CaptiveLayer | undefined;
  signal: AbortSignal;
};

/** A new agent for each tool, and after each death. */
async function rob(robbery: Robbery, count: Count): Promise<void> {
  const { world, variant, size, without, signal } = robbery;
  let left = size.vectors.length;
  while (left > 0) {
    signal.throwIfAborted();
    const settings = { directory: world.directory, kind: variant.kind, ...(without && { without }) };
    const captive = await startCaptive(variant, settings, world.env);
    const place = { project: world.directory, agent: captive.pid, redis: world.redis };
    const remaining = size.vectors.slice(-left);
    const scripts = putScripts(
      world,
      new Map(remaining.map((vector) => [vector.name, scriptOf(vector, place)])),
    );
    try {
      left = await robOnce(robbery, { captive, scripts }, count);
    } finally {
      await captive.close();
    }
  }
}

/** Until the scripts or the agent come to their end; returns how many scripts are left. */
async function robOnce(
  { world, variant, hand }: Robbery,
  { captive, scripts }: { captive: Awaited<ReturnType<typeof startCaptive>>; scripts: readonly Script[] },
  count: Count,
): Promise<number> {
  let tried = 0;
  for await (const loot of hand.rob(captive, scripts)) {
    const script = scripts[tried++];
    const name = `${script?.name ?? "a whole run"} by ${hand.tool} (${variant.name})`;
    count.add(name, { harm: harmOf(world, loot), isRefused: loot?.isRefused === true });
    if (!loot) return scripts.length - tried;
  }
  if (tried < scripts.length) throw new Error(`${hand.tool}: only ${tried} of ${scripts.length} were tried`);
  return 0;
}

function harmOf({ secrets, changed }: TheftWorld, loot: Loot): string | undefined {
  const files = changed();
  if (!loot) return "the agent is gone";
  const stolen = [...secrets, "ATTACHED"].filter((secret) => loot.text.includes(secret));
  if (stolen.length > 0) return `got ${stolen.map((secret) => secret.slice(0, 20)).join(", ")}`;
  return files.length > 0 ? `changed ${files.join(", ")}` : undefined;
}
