/**
 * The class `abuse`: scripts that take all they can get of the machine, or will not end, by the shell of an agent's
 * process. Harm is something that survives the call, an agent that died or grew to 256 MB, a call that is late, a huge
 * file, or more than 64 kB for the model.
 */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ABUSES, type Abuse, LOUD } from "./abuse-scripts.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { ABUSE_LAYERS, type Answer } from "./captive-parts.ts";
import { startCaptive, type Variant, variants } from "./captives.ts";
import { Count } from "./count.ts";
import { createTheftWorld, type TheftWorld } from "./theft-world.ts";

const MAX_AGENT_BYTES = 256e6;
const MAX_MODEL_BYTES = 64 * 1024;
const MAX_FILE_BYTES = 1024 ** 3;
/** For ending it and taking in its output, after its own time; the machine may be busy with other things. */
const LATE_MS = 15_000;

export type AbuseSize = { abuses: readonly Abuse[]; variants: readonly Variant[] };

export const abuse: AttackClass = {
  name: "abuse",
  layers: ABUSE_LAYERS,
  run: (options) => runAbuse(options, { abuses: ABUSES, variants: variants() }),
};

/** A new agent for each script: each may grow or die on its own account. */
export async function runAbuse(options: AttackOptions, size: AbuseSize): Promise<Tally> {
  const count = new Count();
  for (const variant of size.variants) {
    const world = await createTheftWorld(variant);
    try {
      for (const tried of size.abuses) {
        options.signal.throwIfAborted();
        const result = await abuseOnce({ world, variant, without: options.without }, tried);
        count.add(`${tried.name} (${variant.name})`, result);
      }
    } finally {
      await world.close();
    }
  }
  return count.tally;
}

type Place = { world: TheftWorld; variant: Variant; without: string | undefined };

async function abuseOnce(place: Place, { name, script, limit }: Abuse) {
  const { world, variant } = place;
  const without = ABUSE_LAYERS.find((layer) => layer === place.without);
  const settings = { directory: world.directory, kind: variant.kind, ...(without && { without }) };
  const captive = await startCaptive(variant, settings, world.env);
  const cookie = `${process.pid}${Math.floor(performance.now())}`;
  const began = performance.now();
  try {
    const input = { command: `export COOKIE=${cookie}\n${script}`, timeout_s: limit };
    const answer = await captive.call({ role: "DevOps_Builder", tool: "run_shell", input });
    const lateMs = performance.now() - began - limit * 1_000;
    const harms = [
      ...harmOf(answer, name === LOUD.name),
      ...(lateMs > LATE_MS ? [`ended ${Math.round(lateMs)} ms after its time`] : []),
      ...endSurvivors(cookie),
      ...removeHuge(world),
    ];
    return { harm: harms.join(", ") || undefined, isRefused: answer?.kind === "refused" };
  } finally {
    await captive.close();
    endSurvivors(cookie);
  }
}

function harmOf(answer: Answer | undefined, isLoud: boolean): string[] {
  if (!answer) return ["the agent is gone"];
  const { text, peakBytes, kind } = answer;
  const bytes = Buffer.byteLength(text);
  const isWhole =
    /^\[cwd \S+\]\nx{1000}/.test(text) &&
    text.includes("/app/docs/tool_output/") &&
    text.endsWith("the end\n");
  return [
    ...(peakBytes >= MAX_AGENT_BYTES ? [`the agent grew to ${Math.round(peakBytes / 1e6)} MB`] : []),
    ...(bytes > MAX_MODEL_BYTES ? [`the model got ${bytes} bytes`] : []),
    ...(isLoud && !isWhole ? ["the model did not get head, tail and the name of the file"] : []),
    ...(kind === "broken" ? [`the tool failed: ${text}`] : []),
  ];
}

/** What still has the cookie in its command line; it is killed. */
function endSurvivors(cookie: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const left = pids.filter((pid) => commandLineOf(pid).includes(cookie) && killed(Number(pid)));
  return left.length > 0 ? [`${left.length} processes survive`] : [];
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false; // it was just ending
  }
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended
  }
}

function removeHuge({ workspace }: TheftWorld): string[] {
  const folder = workspace["/tmp/app"];
  return readdirSync(folder).flatMap((name) => {
    const { size } = statSync(join(folder, name));
    rmSync(join(folder, name), { recursive: true });
    return size > MAX_FILE_BYTES ? [`${name} has ${size} bytes`] : [];
  });
}
