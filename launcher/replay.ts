/** `./minilab replay FILE [--json]`: where the runtime of today would act otherwise than the session that was recorded. */
import { loadConfig, readEnv } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { inertLine } from "../client/terminal-safe.ts";
import { SHAPES } from "./inspect.ts";
import type { Difference } from "./recording/difference.ts";
import { readRecording } from "./recording/recording.ts";
import { type Replayed, replay } from "./recording/replay.ts";
import { PROJECT_DIR } from "./team/project.ts";

/** Enough of a message's id to find it with `./minilab turn`. */
const SHORT_ID = 8;

/** Exit code 1 when something differs. Nothing is asked of a model, a node or a Redis, and nothing is written. */
export async function replayFile(args: string[], signal: AbortSignal): Promise<number> {
  const [file, more] = args.filter((arg) => arg !== "--json");
  if (file === undefined || file.startsWith("-") || more !== undefined)
    throw new AppError("bad_arguments", "./minilab replay FILE [--json]");
  const recording = await readRecording(file, SHAPES);
  const { MAX_STEPS = "" } = readEnv(process.env, PROJECT_DIR);
  const config = loadConfig({ PROJECT_DIR, MAX_STEPS });
  const replayed = await replay(recording, { config, redactor: SHAPES, signal });
  const differences = [...recording.altered, ...replayed.differences];
  const { session, flaws } = recording;
  if (args.includes("--json")) console.log(JSON.stringify({ session, flaws, ...replayed, differences }));
  else tell({ session, flaws, differences, replayed });
  return differences.length + flaws.length > 0 ? 1 : 0;
}

type Told = {
  session: string;
  flaws: readonly string[];
  differences: readonly Difference[];
  replayed: Replayed;
};

function tell({ session, flaws, differences, replayed }: Told): void {
  for (const flaw of flaws) console.log(inertLine(`the file: ${flaw}`));
  for (const { place, recorded, now } of differences) {
    const { role, message, at } = place;
    console.log(inertLine(`${role}, turn about ${message.slice(0, SHORT_ID)}, ${at}`));
    console.log(`  recorded  ${inertLine(recorded)}`);
    if (now) console.log(`  now       ${inertLine(now)}`);
  }
  const { turns, steps, calls, withheld } = replayed;
  const unjudged = withheld > 0 ? `; ${withheld} calls held secrets and were not judged` : "";
  const sum = `${turns} turns, ${steps} steps, ${calls} calls${unjudged}: ${differences.length} differences`;
  console.log(inertLine(`session ${session}: ${sum}`));
}
