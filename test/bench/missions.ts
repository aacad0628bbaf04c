/**
 * `./minilab bench missions [--limit SECONDS] [--missions N] [--only NAME] [--keep FOLDER]`: whatever model the settings
 * name, at work: ten missions of a few lines, each with the product as `./minilab up` starts it and a lab of its own.
 * What the model makes of them is told, and counts for nothing; what the product owes whatever the model says is judged.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Env, readEnv } from "../../agents/base/config.ts";
import { AppError, describeError } from "../../agents/base/errors.ts";
import { missingParts } from "../../launcher/team/missing-parts.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { COUNTS, judgeMission, NOTHING_SEEN, type Report } from "./missions/judge.ts";
import { type Mission, type PlayOptions, playMission } from "./missions/play.ts";

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const { keep, ...options } = readOptions(args, { limit: "330", missions: "10", only: "", keep: "" });
  const limitMs = readCount("limit", options.limit) * 1_000;
  const missions = choose(options.only).slice(0, readCount("missions", options.missions));
  const settings = modelSettings(readEnv(process.env, PROJECT_DIR));
  const reports: [string, Report][] = [];
  for (const mission of missions) {
    const report = await play(mission, { settings, limitMs, signal, ...(keep && { keep: resolve(keep) }) });
    reports.push([mission.name, report]);
    process.stderr.write(`${mission.name}: ${report.ended}; ${report.outcomes}\n`);
  }
  return count(reports);
}

/** A product that ends by itself, or does not start, is a crash, and the next mission begins anew. */
async function play(mission: Mission, options: PlayOptions): Promise<Report> {
  try {
    return await playMission(mission, options);
  } catch (error) {
    if (options.signal.aborted) throw error;
    return judgeMission({ ...NOTHING_SEEN, crashes: [describeError(error)] });
  }
}

function choose(only: string): Mission[] {
  const missions = JSON.parse(
    readFileSync(join(import.meta.dirname, "missions/missions.json"), "utf8"),
  ) as Mission[];
  const chosen = missions.filter(({ name }) => only === "" || only.split(",").includes(name));
  if (chosen.length > 0) return chosen;
  throw new AppError("bad_arguments", `--only is of ${missions.map(({ name }) => name).join(", ")}`);
}

/** Nothing else of the operator's settings: no mission meets a real node. AppError `bad_config` without a model. */
export function modelSettings(env: Env): Env {
  if (missingParts({ ...env, PROXMOX_NODES: "" }).scriptedModel)
    throw new AppError(
      "bad_config",
      "no model is set: OPENAI_API_KEY, OPENAI_API_BASE and LLM_MODEL name one",
    );
  const named = Object.entries(env).filter(([name]) => /^(?:OPENAI|LLM)_/.test(name));
  const file = env["OPENAI_API_KEY_FILE"];
  return { ...Object.fromEntries(named), ...(file && { OPENAI_API_KEY_FILE: resolve(PROJECT_DIR, file) }) };
}

export function count(reports: readonly [string, Report][]): Outcome {
  const sums = COUNTS.map(
    (name) => [name, reports.reduce((sum, [, report]) => sum + report[name], 0)] as const,
  );
  return {
    ok: reports.length > 0 && sums.every(([, sum]) => sum === 0),
    figures: { ...Object.fromEntries(sums), missions: Object.fromEntries(reports) },
  };
}
