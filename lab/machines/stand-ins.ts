/** What a node's programs are answered without the cluster's tools: its hardware, and what the lab does not have. */
import { join } from "node:path";
import { type CommandOutcome, NOT_SIMULATED, notSimulated } from "../cluster/outcome.ts";
import { HARDWARE } from "../system/hardware.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { Call } from "./control.ts";
import type { LabClock } from "./lab-clock.ts";
import { ANSWERED } from "./programs.ts";

type Place = { directory: string; cluster: ClusterClient; clock: LabClock };

/** Undefined for what the cluster's tools answer. */
export async function standIn({ argv }: Call, place: Place): Promise<CommandOutcome | undefined> {
  const [program = "", ...words] = argv;
  const answer = Object.hasOwn(HARDWARE, program) ? HARDWARE[program] : undefined;
  if (!answer) return ANSWERED.has(program) ? undefined : notSimulated(argv.join(" "), NOT_SIMULATED);
  const [hardware, root] = [await place.cluster.hardware(), join(place.directory, "root")];
  return answer({ program, words, hardware, root, now: place.clock.now() });
}
