/**
 * The class `forging`: whoever can reach Redis, with the rights of one identity or of none, tries to write, move or say
 * what is another's. Harm is a record that changed, a server that answered what it must not, or a word that a real bus
 * takes for somebody else's.
 */
import { SENDERS, type Sender } from "../../agents/protocol/roles.ts";
import { randomFrom } from "../../agents/testing/random.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { Count } from "./count.ts";
import { ATTACKERS, probesOf, tryLogins, tryProbes } from "./forging-probes.ts";
import { tryVoices } from "./forging-voices.ts";
import { ACL_LAYERS, ForgingWorld } from "./forging-world.ts";

/** Taking the sender from the stream or the channel, and not from the text. */
const STRICT = "strict-mode";

/** `share` of the commands for a key, 0 to 1; those for the server are few. */
export type ForgingSize = { share: number; liars: readonly Sender[] };

export const forging: AttackClass = {
  name: "forging",
  layers: [...ACL_LAYERS, STRICT],
  run: (options) => runForging(options, { share: 1, liars: SENDERS }),
};

export async function runForging(
  { seed, without, signal }: AttackOptions,
  { share, liars }: ForgingSize,
): Promise<Tally> {
  await using stack = new AsyncDisposableStack();
  const count = new Count();
  const world = await ForgingWorld.open(without, stack);
  const random = randomFrom(seed);
  for (const attacker of ATTACKERS) {
    const all = probesOf(attacker, without !== undefined);
    const probes = all.filter(({ isForServer }) => isForServer || random() < share);
    await tryProbes(world, { attacker, probes, signal }, count);
  }
  await tryLogins(world, count);
  await tryVoices(world, { attackers: liars, isGullible: without === STRICT, signal }, count);
  return count.tally;
}
