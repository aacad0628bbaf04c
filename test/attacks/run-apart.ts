/** Classes of attacks in processes of their own, as `bench attacks --only CLASS` runs them, and what they found together. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { parseJson } from "../../agents/protocol/message.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { Outcome } from "../rig/benchmark.ts";

const LANES = 2;
/** For one class: twice what the longest takes on two busy cores. Then SIGTERM, ten seconds, SIGKILL. */
const LIMIT = ["timeout", "--kill-after", "10", "1200"];
/** What measures a thread's own time is not to share its core's caches: after the others, by itself. */
const ALONE = new Set(["stall"]);

const report = z.object({
  ok: z.boolean(),
  figures: z.object({ classes: z.record(z.string(), z.unknown()), legitimate: z.unknown().optional() }),
});
type Report = z.infer<typeof report>;

/** In the order of `names`; one that ends without a report is not ok, and has said why. */
export async function runApart(
  names: readonly string[],
  seed: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const reports: Report[] = [];
  const inLanes = async (lanes: number, some: readonly string[]) => {
    const waiting = some.values();
    const lane = async () => {
      for (const name of waiting) reports[names.indexOf(name)] = await runClass(name, seed, signal);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  };
  await inLanes(
    LANES,
    names.filter((name) => !ALONE.has(name)),
  );
  await inLanes(
    1,
    names.filter((name) => ALONE.has(name)),
  );
  const legitimate = reports.map(({ figures }) => figures.legitimate).find((found) => found !== undefined);
  const classes = Object.assign({}, ...reports.map(({ figures }) => figures.classes));
  return {
    ok: reports.length > 0 && reports.every(({ ok }) => ok),
    figures: { seed, classes, ...(legitimate !== undefined && { legitimate }) },
  };
}

async function runClass(name: string, seed: number, signal: AbortSignal): Promise<Report> {
  signal.throwIfAborted();
  const bench = ["launcher/main.ts", "bench", "attacks", "--only", name, "--seed", String(seed), "--json"];
  const argv = ["--pdeathsig", "TERM", "--", ...LIMIT, process.execPath, ...bench];
  const child = spawn("setpriv", argv, { cwd: PROJECT_DIR, stdio: ["ignore", "pipe", "inherit"] });
  const stop = () => child.kill();
  signal.addEventListener("abort", stop, { once: true });
  const [printed, [exitCode]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  const parsed = report.safeParse(parseJson(printed.trimEnd().split("\n").at(-1) ?? ""));
  return parsed.success
    ? parsed.data
    : { ok: false, figures: { classes: { [name]: `no report, exit code ${exitCode}` } } };
}
