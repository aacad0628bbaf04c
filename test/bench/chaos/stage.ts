/** What all runs of a series share: the lab, the scripted model, the bundled agent, and lanes to run in. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLab } from "../../../lab/lab.ts";
import { build } from "../../../launcher/team/bundle.ts";
import { Lane } from "./lane.ts";
import { type ScriptedModel, startModel } from "./model.ts";

export type Stage = { model: ScriptedModel; openLane(leaseMs?: number): Promise<Lane> };

/** What was started is ended by `stack`, in reverse order. */
export async function openStage(stack: AsyncDisposableStack, signal: AbortSignal): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-chaos-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const program = join(directory, "programs/agent.mjs");
  await build({ agent: "test/bench/chaos/agent.ts" }, join(directory, "programs"));
  const labDirectory = join(directory, "lab");
  const lab = await startLab({ directory: labDirectory, start: "day3", signal });
  stack.defer(() => lab.close());
  const model = stack.use(await startModel());
  let lanes = 0;
  return {
    model,
    openLane: async (leaseMs) => {
      const place = { directory: join(directory, `lane${++lanes}`), lab: { lab, directory: labDirectory } };
      return stack.use(await Lane.open({ ...place, model, program, ...(leaseMs && { leaseMs }) }));
    },
  };
}
