/** Two contenders in turn, so that whatever else the machine does is shared. */
import { median, rounded } from "../../rig/measure.ts";

export type Figures = { ours: number; theirs: number; ratio: number };

/** Medians of `rounds` each; who begins alternates. */
export async function interleaved(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Figures> {
  const samples = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const name of order) samples[name].push(await (name === "ours" ? ours : theirs)());
  }
  const [own, other] = [median(samples.ours), median(samples.theirs)];
  return { ours: rounded(own), theirs: rounded(other), ratio: rounded(own / other) };
}
