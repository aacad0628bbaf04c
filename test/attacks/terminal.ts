/**
 * The class `terminal`: control sequences, hidden and piled-up characters and rows of every kind, in every place that an
 * agent or a host decides, through all that an operator reads. Harm is what is not plain text, or a row that looks like
 * somebody else's.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { randomFrom } from "../../agents/testing/random.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { Count } from "./count.ts";
import { actsOnTerminal, breaksRows } from "./terminal-judge.ts";
import {
  entriesOf,
  inPipe,
  inStatus,
  inTranscript,
  onTerminal,
  TERMINAL_LAYERS,
} from "./terminal-screens.ts";
import { ATTACKS, mixture } from "./terminal-texts.ts";

export const terminal: AttackClass = {
  name: "terminal",
  layers: TERMINAL_LAYERS,
  run: (options) => runTerminal(options, 10_000),
};

const COLUMNS = [20, 40, 80, 200];
/** Texts that share one log. */
const BATCH = 500;

export async function runTerminal({ seed, without, signal }: AttackOptions, fuzzed: number): Promise<Tally> {
  const random = randomFrom(seed);
  const mixtures = Array.from(
    { length: fuzzed },
    (_, index) => [`mixture ${index}`, mixture(random)] as const,
  );
  const cases = [...Object.entries(ATTACKS), ...mixtures];
  const count = new Count();
  for (let from = 0; from < cases.length; from += BATCH) {
    signal.throwIfAborted();
    const batch = cases.slice(from, from + BATCH);
    const logged = await inLogs(
      batch.map(([, text]) => text),
      { without, signal },
    );
    for (const [index, [name, text]] of batch.entries()) {
      const columns = COLUMNS[index % COLUMNS.length] ?? 80;
      const harm = seen(text, columns, without) ?? logged[index];
      count.add(name, { harm, isRefused: false });
    }
  }
  return count.tally;
}

function seen(text: string, columns: number, without: string | undefined): string | undefined {
  const entries = entriesOf(text, without);
  const screens = onTerminal(entries, columns, without);
  const broken = screens.map((screen) => breaksRows(screen, columns)).find(Boolean);
  return (
    broken ??
    [...screens.map((screen) => screen.replaceAll("\r\n", "\n")), inPipe(entries), inStatus(text)]
      .map(actsOnTerminal)
      .find(Boolean)
  );
}

/** Of each text what its lines in the console's log and in the log of an agent do. */
async function inLogs(
  texts: readonly string[],
  { without, signal }: Pick<AttackOptions, "without" | "signal">,
): Promise<(string | undefined)[]> {
  const kept = actsOnTerminal(await inTranscript(texts.flatMap((text) => entriesOf(text, without))));
  const lines = (await processLog(texts, without ?? "", signal)).trimEnd().split("\n");
  if (lines.length !== texts.length)
    return texts.map(() => `${lines.length} lines of the log for ${texts.length}`);
  return lines.map((line) => kept ?? actsOnTerminal(line));
}

function processLog(texts: readonly string[], layer: string, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const program = [join(import.meta.dirname, "./terminal-log.ts"), layer];
  const child = execFile(process.execPath, program, { signal, maxBuffer: 2 ** 28 }, (error, _, stderr) =>
    error ? reject(error) : resolve(stderr),
  );
  child.stdin?.end(JSON.stringify(texts));
  return promise;
}
