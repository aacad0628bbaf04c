/**
 * `./minilab bench stop [--trials N] [--only KIND]`: the operator's STOP while an agent waits for a command that sleeps
 * for ten minutes, by each of its tools, and for a model that never answers. From the command on the bus to the moment
 * when nothing of it is left, here and on the nodes; after each STOP a new message has to work.
 */
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { LiveEvent } from "../agents/bus/bus.ts";
import { newMessageId } from "../agents/protocol/message.ts";
import { OPERATOR } from "../agents/protocol/roles.ts";
import type { Outcome } from "../launcher/bench.ts";
import { type EmptyStage, setEmptyStage } from "../launcher/rehearsal/stage.ts";
import { median, percentile, rounded } from "./measure.ts";
import { KINDS, type Kind, SLEEPERS, scenario, WORKER, writeFiles } from "./stop/long-work.ts";
import { countOpenRequests, countSleepers, findProcesses, untilGone } from "./stop/traces.ts";

const LIMIT_MS = 1_000;
/** For the work to begin, for its end, and for the next message to be answered. */
const PATIENCE_MS = 60_000;

/** `answered`: the message after STOP was. */
export type Trial = { stopMs: number; answered: boolean };

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const options = { trials: { type: "string", default: "20" }, only: { type: "string" } } as const;
  const { values } = parseArgs({ args, options });
  const kinds = KINDS.filter((kind) => values.only === undefined || kind === values.only);
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const setting = { directory, scenario: scenario(), beforeAnswer: async () => {}, signal };
  const stage = await setEmptyStage(setting, stack);
  await enter(stage, signal);
  const trials = new Map<Kind, Trial[]>();
  for (const kind of kinds) {
    trials.set(kind, []);
    for (let trial = 0; trial < Number(values.trials); trial++)
      trials.get(kind)?.push(await stopIn(stage, kind, signal));
    process.stderr.write(
      `${kind}: ${trials
        .get(kind)
        ?.map(({ stopMs }) => Math.round(stopMs))
        .join(" ")} ms\n`,
    );
  }
  return judge(trials);
}

/** One agent, as the launcher starts it, with its modules initialised. */
async function enter(stage: EmptyStage, signal: AbortSignal): Promise<void> {
  writeFiles(placeOf(stage), "600");
  const limit = patience(signal);
  const idle = next(stage, (event) => event.kind === "activity" && event.state === "idle", limit);
  stage.startAgent(WORKER);
  await idle;
  const said = await ask(stage, "init", limit);
  if (said !== "init") throw new Error(`terraform init failed: ${said}`);
}

async function stopIn(stage: EmptyStage, kind: Kind, signal: AbortSignal): Promise<Trial> {
  const mark = `600.${randomInt(1e8, 1e9)}`;
  writeFiles(placeOf(stage), mark);
  const id = newMessageId();
  const limit = patience(signal);
  const over = new AbortController();
  const ended = next(stage, isReply, AbortSignal.any([limit, over.signal])).then((event) => {
    throw new Error(`${kind} did not wait: ${isReply(event) ? event.content : ""}`);
  });
  await say(stage, `${kind} ${mark}`, { id, signal: limit });
  await Promise.race([begun(kind, mark, limit), ended]).finally(() => over.abort());
  const marks = [mark, id.slice(0, 13)]; // the calls of a turn are named after its message
  const watched = findProcesses(marks);
  const since = performance.now();
  await stage.bus.command("STOP", { signal: limit });
  while (countOpenRequests() > 0) await sleep(2, undefined, { signal: limit });
  const stopMs = await untilGone(marks, watched, { since, signal: limit });
  const number = String(randomInt(1e9));
  return { stopMs, answered: (await ask(stage, `hello ${number}`, patience(signal))) === `hello ${number}` };
}

async function begun(kind: Kind, mark: string, signal: AbortSignal): Promise<void> {
  const isAtWork = () =>
    kind === "model" ? countOpenRequests() > 0 : countSleepers(mark) === SLEEPERS[kind];
  while (!isAtWork()) await sleep(20, undefined, { signal });
}

async function ask(stage: EmptyStage, content: string, signal: AbortSignal): Promise<string> {
  const reply = next(stage, isReply, signal);
  await say(stage, content, { id: newMessageId(), signal });
  const event = await reply;
  return isReply(event) ? event.content : "";
}

async function say(
  stage: EmptyStage,
  content: string,
  { id, signal }: { id: string; signal: AbortSignal },
): Promise<void> {
  await stage.bus.send({ id, sender: OPERATOR, to: [WORKER], content }, { signal });
}

function isReply(event: LiveEvent): event is LiveEvent & { kind: "message" } {
  return event.kind === "message" && event.sender === WORKER;
}

/** The next event that `accepts`; rejects when `signal` aborts. */
function next(
  stage: EmptyStage,
  accepts: (event: LiveEvent) => boolean,
  signal: AbortSignal,
): Promise<LiveEvent> {
  return new Promise((resolve, reject) => {
    const stop = stage.bus.watch((event) => {
      if (!accepts(event)) return;
      stop();
      resolve(event);
    });
    signal.addEventListener("abort", () => {
      stop();
      reject(signal.reason);
    });
  });
}

function placeOf({ directory, lab }: EmptyStage) {
  const [node] = lab.nodes;
  if (!node) throw new Error("the lab has no node");
  return { directory, node };
}

function patience(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
}

export function judge(trials: ReadonlyMap<Kind, readonly Trial[]>): Outcome {
  const rows = [...trials].map(([kind, done]) => [kind, figuresOf(done)] as const);
  const ok =
    rows.length > 0 && rows.every(([, row]) => row.p99_ms <= LIMIT_MS && row.answered === row.trials);
  return { ok, figures: Object.fromEntries(rows) };
}

function figuresOf(done: readonly Trial[]) {
  const times = done.map(({ stopMs }) => stopMs);
  return {
    p99_ms: rounded(percentile(times, 0.99)),
    p50_ms: rounded(median(times)),
    trials: done.length,
    answered: done.filter(({ answered }) => answered).length,
  };
}
