/** `bench bus --against DIR`: the hop between two roles here and in another checkout. */
import { PROJECT_DIR } from "../../../launcher/team/project.ts";
import type { Outcome } from "../../rig/benchmark.ts";
import { startHopTeam } from "../against/hop.ts";
import { interleaved } from "../against/interleaved.ts";

const LIMIT = 0.6;
const WARM_UP = 10;

export async function compareHops(checkout: string, trials: number, signal: AbortSignal): Promise<Outcome> {
  await using stack = new AsyncDisposableStack();
  const ours = await startHopTeam(PROJECT_DIR, { stack, signal });
  const theirs = await startHopTeam(checkout, { stack, signal });
  await interleaved(WARM_UP, ours.hopMs, theirs.hopMs);
  const hop = await interleaved(trials, ours.hopMs, theirs.hopMs);
  const figures = { hop_ms: hop.ours, against_hop_ms: hop.theirs, hop_ratio: hop.ratio, trials };
  return { ok: hop.ratio <= LIMIT, figures };
}
