/**
 * `./minilab bench stop [--trials N] [--hung-trials N] [--only KIND]`: the operator's STOP while an agent waits for a command that sleeps
 * for ten minutes, by each of its tools, and for a model that never answers. From the command on the bus to the moment
 * when nothing of it is left, here and on the nodes; after each STOP a new message has to work. `run_ssh_hung`: STOP and a
 * time limit against a node that hangs, without a team around it.
 */
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../agents/base/errors.ts";
import type { Bus } from "../../agents/bus/bus.ts";
import { turnIdOf } from "../../agents/host/commands/call-id.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR } from "../../agents/protocol/roles.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { median, percentile, rounded } from "../rig/measure.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { type EmptyStage, setEmptyStage } from "../rig/stage.ts";
import { ask, hearIdle, hearReply, patience, say } from "../rig/talk.ts";
import { type HungTrials, hungFigures, tryHungNodes } from "./stop/hung-trials.ts";
import { KINDS, type Kind, SLEEPERS, scenario, WORKER, writeFiles } from "./stop/long-work.ts";
import { countOpenRequests, countSleepers, findProcesses, untilGone } from "./stop/traces.ts";

const LIMIT_MS = 1_000;
const HUNG = "run_ssh_hung";

/** `answered`: the message after STOP was. */
export type Trial = { stopMs: number; answered: boolean };

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const options = readOptions(args, { trials: "20", "hung-trials": "20", only: "" });
  const count = readCount("trials", options.trials);
  const hungCount = readCount("hung-trials", options["hung-trials"]);
  const isWanted = (kind: string) => options.only === "" || kind === options.only;
  const kinds = KINDS.filter(isWanted);
  if (kinds.length === 0 && !isWanted(HUNG))
    throw new AppError("bad_arguments", `--only is one of ${[...KINDS, HUNG].join(", ")}`);
  const hung = isWanted(HUNG) ? judgeHung(await tryHungNodes(hungCount, signal)) : undefined;
  const stopped = kinds.length > 0 ? judge(await stopKinds(kinds, count, signal)) : undefined;
  const outcomes = [stopped, hung].filter((outcome) => outcome !== undefined);
  return {
    ok: outcomes.every(({ ok }) => ok),
    figures: Object.assign({}, ...outcomes.map(({ figures }) => figures)),
  };
}

async function stopKinds(kinds: readonly Kind[], count: number, signal: AbortSignal) {
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const setting = { directory, scenario: scenario(), beforeAnswer: async () => {}, signal };
  const stage = await setEmptyStage(setting, stack);
  await enter(stage, signal);
  const trials = new Map<Kind, Trial[]>();
  for (const kind of kinds) {
    const done: Trial[] = [];
    while (done.length < count) done.push(await stopIn(stage, kind, signal));
    trials.set(kind, done);
    process.stderr.write(`${kind}: ${done.map(({ stopMs }) => Math.round(stopMs)).join(" ")} ms\n`);
  }
  return trials;
}

/** One agent, as the launcher starts it, with its modules initialised. */
async function enter(stage: EmptyStage, signal: AbortSignal): Promise<void> {
  writeFiles(placeOf(stage), "600");
  const limit = patience(signal);
  const idle = hearIdle(stage.bus, WORKER, limit);
  stage.startAgent(WORKER);
  await idle;
  const said = await ask(stage.bus, { to: WORKER, content: "init" }, limit);
  if (said !== "init") throw new Error(`terraform init failed: ${said}`);
}

async function stopIn(stage: EmptyStage, kind: Kind, signal: AbortSignal): Promise<Trial> {
  const { bus } = stage;
  const mark = `600.${randomInt(1e8, 1e9)}`;
  const id = newMessageId(OPERATOR);
  const limit = patience(signal);
  writeFiles(placeOf(stage), mark);
  await begin(bus, { kind, mark, id }, limit);
  const marks = [mark, turnIdOf(WORKER, id)]; // the ids of all calls of a turn begin so
  const watched = findProcesses(marks);
  const since = performance.now();
  await bus.command("STOP", { signal: limit });
  while (countOpenRequests() > 0) await sleep(2, undefined, { signal: limit });
  const stopMs = await untilGone(marks, watched, { since, signal: limit });
  const hello = `hello ${randomInt(1e9)}`;
  return { stopMs, answered: (await ask(bus, { to: WORKER, content: hello }, patience(signal))) === hello };
}

/** Resolves when the work is under way; rejects when the agent has an answer instead. */
async function begin(
  bus: Bus,
  { kind, mark, id }: { kind: Kind; mark: string; id: string },
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const ended = hearReply(bus, WORKER, AbortSignal.any([signal, over.signal])).then((said) => {
    throw new Error(`${kind} did not wait: ${said}`);
  });
  await say(bus, { to: WORKER, content: `${kind} ${mark}`, id }, signal);
  await Promise.race([begun(kind, mark, signal), ended]).finally(() => over.abort());
}

async function begun(kind: Kind, mark: string, signal: AbortSignal): Promise<void> {
  const isAtWork = () =>
    kind === "model" ? countOpenRequests() > 0 : countSleepers(mark) === SLEEPERS[kind];
  while (!isAtWork()) await sleep(20, undefined, { signal });
}

function placeOf({ directory, lab }: EmptyStage) {
  const [node] = lab.nodes;
  if (!node) throw new Error("the lab has no node");
  return { directory, node };
}

export function judge(trials: ReadonlyMap<Kind, readonly Trial[]>): Outcome {
  const rows = [...trials].map(([kind, done]) => [kind, figuresOf(done)] as const);
  const ok =
    rows.length > 0 && rows.every(([, row]) => row.p99_ms <= LIMIT_MS && row.answered === row.trials);
  return { ok, figures: Object.fromEntries(rows) };
}

export function judgeHung(trials: HungTrials): Outcome {
  const rows = hungFigures(trials);
  const isGood = (row: (typeof rows)[string]) =>
    Math.max(row.stop_max_ms, row.limit_max_ms) <= LIMIT_MS && row.trials > 0 && row.mended === row.trials;
  const all = Object.values(rows);
  return { ok: all.length > 0 && all.every(isGood), figures: { [HUNG]: rows } };
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
