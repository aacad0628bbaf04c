/**
 * `./minilab bench replay [--keep FOLDER]`: twenty short rehearsals of the product's own agents in a lab, with kills,
 * restarts, STOP and words of the operator in their midst, recorded, exported and replayed: nothing may differ. Then five
 * other policies and five altered effects, each of which has to be named at its step.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../agents/base/config.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import type { Difference } from "../../launcher/recording/difference.ts";
import { type Recording, readRecording } from "../../launcher/recording/recording.ts";
import { type Replayed, type ReplayOptions, replay } from "../../launcher/recording/replay.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readOptions } from "../rig/options.ts";
import { ALTERATIONS, alter, type Expected, POLICIES } from "./replay/plants.ts";
import { type FAULTS, type Planned, type Recorded, record } from "./replay/recorder.ts";

type Faults = readonly (typeof FAULTS)[number][];
const PLAN: Readonly<Record<Planned["mission"], Faults>> = {
  build: ["none", "kill", "restart", "stop", "word"],
  refusals: ["none", "kill", "restart", "stop"],
  failures: ["none", "kill", "stop"],
  circles: ["none", "kill", "restart", "stop"],
  corrections: ["none", "kill", "restart", "word"],
};

const REDACT = createRedactor([]);
const CONFIG = loadConfig({ PROJECT_DIR });

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const { keep } = readOptions(args, { keep: "" });
  if (keep) mkdirSync(keep, { recursive: true });
  const directory = mkdtempSync(join(keep || tmpdir(), "minilab-replay-"));
  try {
    const began = performance.now();
    const plan = Object.entries(PLAN).flatMap(([mission, faults]) =>
      faults.map((fault) => ({ mission, fault }) as Planned),
    );
    const recorded = await record(plan, { directory, signal });
    const recordedMs = performance.now() - began;
    return await judge(recorded, { directory, recordedMs, signal });
  } finally {
    if (!keep) rmSync(directory, { recursive: true, force: true });
  }
}

type Judging = { directory: string; recordedMs: number; signal: AbortSignal };

export async function judge(recorded: readonly Recorded[], scene: Judging): Promise<Outcome> {
  const { recordedMs, signal } = scene;
  const began = performance.now();
  const sum = { turns: 0, steps: 0, calls: 0, differences: 0 };
  for (const { mission, fault, file } of recorded) {
    const { replayed, found } = await replayOf(file, { signal });
    for (const key of ["turns", "steps", "calls"] as const) sum[key] += replayed[key];
    sum.differences += found.length;
    for (const each of found) process.stderr.write(`${mission}, ${fault}: ${JSON.stringify(each)}\n`);
  }
  const replayedMs = performance.now() - began;
  const policies = await policiesNamed(recorded, signal);
  const { altered, forged } = await alterationsNamed(recorded, scene);
  const felt = ALTERATIONS.filter(({ isFelt }) => isFelt).length;
  const isNamed = policies === POLICIES.length && altered === ALTERATIONS.length && forged === felt;
  return {
    ok: recorded.length > 0 && sum.calls > 0 && sum.differences === 0 && isNamed,
    figures: {
      ...{ recordings: recorded.length, ...sum },
      faults: countsOf(recorded),
      policies_named: `${policies} of ${POLICIES.length}`,
      altered_named: `${altered} of ${ALTERATIONS.length}`,
      altered_with_fitting_digests_named: `${forged} of ${felt}`,
      ...{ recorded_s: Math.round(recordedMs / 1_000), replayed_s: Math.round(replayedMs / 100) / 10 },
    },
  };
}

function countsOf(recorded: readonly Recorded[]): Record<string, number> {
  const groups = Object.entries(Object.groupBy(recorded, ({ fault }) => fault));
  return Object.fromEntries(groups.map(([fault, own]) => [fault, own.length]));
}

type Found = { recording: Recording; replayed: Replayed; found: Difference[] };

async function replayOf(
  file: string,
  options: Partial<ReplayOptions> & Pick<ReplayOptions, "signal">,
): Promise<Found> {
  const recording = await readRecording(file, REDACT);
  const replayed = await replay(recording, { config: CONFIG, redactor: REDACT, ...options });
  return { recording, replayed, found: [...recording.altered, ...replayed.differences] };
}

/** Those that are named where they are, before anything that follows from them. */
async function policiesNamed(recorded: readonly Recorded[], signal: AbortSignal): Promise<number> {
  let named = 0;
  for (const { name, mission, tools, config, ...expected } of POLICIES) {
    const file = recordingOf(recorded, mission);
    const options = { signal, config: { ...CONFIG, ...config }, ...(tools && { tools }) };
    const { found } = await replayOf(file, options);
    if (isNamed(found, expected)) named++;
    else process.stderr.write(`not named: ${name}: ${JSON.stringify(found)}\n`);
  }
  return named;
}

async function alterationsNamed(recorded: readonly Recorded[], { directory, signal }: Judging) {
  const counts = { altered: 0, forged: 0 };
  const file = recordingOf(recorded, "build");
  const to = join(directory, "altered.jsonl");
  for (const alteration of ALTERATIONS) {
    for (const kind of ["altered", "forged"] as const) {
      if (kind === "forged" && !alteration.isFelt) continue;
      alter(file, alteration, { to, isForged: kind === "forged" });
      const { found } = await replayOf(to, { signal });
      if (isNamed(found, alteration)) counts[kind]++;
      else process.stderr.write(`not named, ${kind}: ${alteration.name}: ${JSON.stringify(found)}\n`);
    }
  }
  return counts;
}

function recordingOf(recorded: readonly Recorded[], wanted: Planned["mission"]): string {
  return recorded.find(({ mission, fault }) => mission === wanted && fault === "none")?.file ?? "";
}

/** As the first of what is found in the turns of its role. */
function isNamed(found: readonly Difference[], { role, at }: Expected): boolean {
  const [first] = found.filter(({ place }) => place.role === role);
  return first?.place.at === at;
}
