/**
 * The class `stall`: hostile texts, up to the longest that is taken in, in every place that reads what strangers wrote. Harm
 * is an event loop that is held, by the thread's own CPU time and whatever else the machine does: STOP is not heard and
 * the lease not renewed for as long.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { Count } from "./count.ts";
import { type Place, placesOfTools, STALL_LAYERS } from "./stall-places.ts";
import { SHAPE_NAMES, textOf } from "./stall-shapes.ts";
import { modelPlace, placesOfSpeech } from "./stall-speech.ts";

export const stall: AttackClass = {
  name: "stall",
  layers: STALL_LAYERS,
  run: (options) => runStall(options, () => true),
};

const MAX_BLOCK_MS = 250;

/** `isTried` is asked for each shape, with the number of the shape and that of the place. */
export async function runStall(
  { without, signal }: AttackOptions,
  isTried: (shape: string, at: number, place: number) => boolean,
): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-stall-"));
  const count = new Count();
  const model = await modelPlace();
  let worst = 0;
  try {
    const places = [...(await placesOfTools(directory, { without, signal })), ...placesOfSpeech(), model];
    for (const [nth, place] of places.entries()) {
      await warmUp(place);
      const shapes = SHAPE_NAMES.filter((shape, at) => isTried(shape, at, nth));
      for (const shape of shapes) {
        signal.throwIfAborted();
        const text = textOf(shape, place.limit);
        const first = await tryText(place, text);
        // A close call may be the garbage of earlier texts: what is slow is slow again.
        const isClose = first.blockMs > MAX_BLOCK_MS && first.blockMs < 2 * MAX_BLOCK_MS;
        const { blockMs, isRefused } = isClose ? await tryText(place, text) : first;
        worst = Math.max(worst, blockMs);
        const harm = blockMs > MAX_BLOCK_MS ? `held the event loop for ${Math.round(blockMs)} ms` : undefined;
        count.add(`${shape} as ${place.name}`, { harm, isRefused });
      }
    }
  } finally {
    await model.close();
    await rm(directory, { recursive: true, force: true });
  }
  return { ...count.tally, figures: { worst_block_ms: Math.round(worst) } };
}

/** What is loaded and compiled at the first use is no fault of the text. */
async function warmUp(place: Place): Promise<void> {
  await place.read(place.sample);
  for (const shape of SHAPE_NAMES.slice(0, 3)) await tryText(place, textOf(shape, 2_000));
}

/** The longest that passed between two turns of the event loop. */
async function tryText(place: Place, text: string): Promise<{ blockMs: number; isRefused: boolean }> {
  let [blockMs, since, isOver] = [0, threadMs(), false];
  const beat = () => {
    blockMs = Math.max(blockMs, threadMs() - since);
    since = threadMs();
    if (!isOver) setImmediate(beat); // a timer would miss turns
  };
  setImmediate(beat);
  const isRefused = await Promise.resolve()
    .then(() => place.read(text))
    .then(
      () => false,
      () => true,
    );
  isOver = true;
  beat();
  return { blockMs, isRefused };
}

/** CPU time of this thread alone: what others do meanwhile does not count. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
