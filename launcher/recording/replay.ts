/**
 * Runs a recorded session through the rules of today: its messages, model replies and outcomes of calls as they were, all
 * that is decided in between anew. No bus, no network, no node, no command: what has an effect is not there. Each turn is
 * judged by itself, by what was recorded before it; where it differs is told, and the next one begins as recorded.
 */
import type { Config } from "../../agents/base/config.ts";
import { HISTORY_LIMIT } from "../../agents/bus/bus.ts";
import { type Message, parseJson } from "../../agents/protocol/message.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import { giveUp, runOpenTurn } from "../../agents/runtime/course-of-turn.ts";
import { isHopeless, LIVES, type Life, placeOf } from "../../agents/runtime/interruptions.ts";
import { OpenTurn } from "../../agents/runtime/open-turn.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import { type Difference, firstDifference } from "./difference.ts";
import { differenceAtEnd } from "./difference-at-end.ts";
import { RecordedJournal } from "./recorded-journal.ts";
import { RecordedInbox, ReplayedTurn } from "./recorded-turn.ts";
import { pastOf, type RecordedTurn, type Recording } from "./recording.ts";
import { ReplayedRole } from "./replayed-role.ts";

export type ReplayOptions = {
  /** Of today: how many steps a turn has, where the prompts are. */
  config: Config;
  redactor: Redactor;
  signal: AbortSignal;
  /** What each role may use; as the product has it unless told. */
  tools?: typeof toolsOf;
};

/** `withheld`: calls whose arguments no record keeps, which are not judged. */
export type Replayed = {
  turns: number;
  steps: number;
  calls: number;
  withheld: number;
  differences: Difference[];
};

type Scene = Required<ReplayOptions> &
  Pick<Recording, "messages" | "turns"> & { roles: Map<string, ReplayedRole> };

/** AppError or the signal's reason when it cannot go on; what the runtime would do otherwise is no error. */
export async function replay(recording: Recording, options: ReplayOptions): Promise<Replayed> {
  const { messages, turns } = recording;
  const scene: Scene = { tools: toolsOf, ...options, messages, turns, roles: new Map() };
  const sum: Replayed = { turns: 0, steps: 0, calls: 0, withheld: 0, differences: [] };
  for (const turn of inOrder(turns)) {
    options.signal.throwIfAborted();
    const replayed = new ReplayedTurn(turn, options.redactor);
    const keys = [...turn.entries.keys()];
    sum.turns++;
    sum.steps += keys.filter((key) => key.startsWith("reply:")).length;
    sum.calls += keys.filter((key) => key.startsWith("intent:")).length;
    sum.withheld += [...replayed.withheld.keys()].filter((key) => key.startsWith("intent:")).length;
    sum.differences.push(...(await replayTurn(scene, replayed)));
  }
  return sum;
}

/** As they ended: a role has one at a time. What joined another turn had none of its own. */
function inOrder(turns: readonly RecordedTurn[]): RecordedTurn[] {
  const endOf = ({ entries }: RecordedTurn) => String(entries.get("endedAt") ?? "~");
  return turns
    .filter(({ entries }) => !entries.has("within"))
    .toSorted((a, b) => (endOf(a) < endOf(b) ? -1 : Number(endOf(a) > endOf(b))));
}

async function replayTurn(scene: Scene, replayed: ReplayedTurn): Promise<Difference[]> {
  const { turn, isCutShort, status } = replayed;
  const place = { role: turn.role, message: turn.message.id };
  const journal = await runLives(scene, replayed);
  if (!journal.end && isCutShort && status !== undefined) await endAsRecorded(scene, replayed, journal);
  const now = new Map([...journal.entries].map(([key, json]) => [key, parseJson(json)]));
  const inEntries = firstDifference(place, { recorded: turn.entries, now, isCutShort });
  const found = [...replayed.beyond, ...inEntries].toSorted(
    (a, b) => placeOf(a.place.at) - placeOf(b.place.at),
  );
  if (found.length > 0) return found.slice(0, 1);
  if (status === undefined) return [];
  const isWhole = replayed.withheld.size === 0;
  return differenceAtEnd(turn, { end: journal.end, messages: scene.messages, isWhole });
}

/** Each run of the turn from where it began to where it was cut off; the last one to the end. */
async function runLives(scene: Scene, replayed: ReplayedTurn): Promise<RecordedJournal> {
  const withheld = [...replayed.withheld].map(([key, value]) => [key, JSON.stringify(value)] as const);
  let journal = new RecordedJournal(replayed, Object.fromEntries(withheld));
  const lives = livesOf(replayed);
  for (const [index, life] of lives.entries()) {
    const until = lives[index + 1]?.from;
    if (until === "") continue; // it has left nothing
    journal = new RecordedJournal(replayed, Object.fromEntries(journal.entries), until);
    await runLife(scene, { replayed, journal, life });
    if (journal.end) break;
  }
  return journal;
}

/** Of a record that does not tell, one. */
function livesOf({ lives, turn }: ReplayedTurn): readonly Life[] {
  if (lives.length > 0 || ![...turn.entries.keys()].some((key) => placeOf(key) > 0)) return lives;
  return [{ agent: "", knows: "", from: "" }];
}

type Run = { replayed: ReplayedTurn; journal: RecordedJournal; life: Life };

async function runLife(scene: Scene, { replayed, journal, life }: Run): Promise<void> {
  const { turn } = replayed;
  const role = roleOf(scene, turn, life.agent);
  role.begin(replayed);
  replayed.step = firstStepWithout(journal.entries);
  const signal = AbortSignal.any([replayed.begin(), scene.signal]);
  const open = openTurn(scene, { turn, journal, inbox: new RecordedInbox(replayed) });
  try {
    const history = historyOf(scene.messages, turn.message, life);
    await runOpenTurn(role.course, open, { history, past: pastOf(scene.turns, turn), signal });
  } catch (error) {
    scene.signal.throwIfAborted();
    if (!signal.aborted) throw error;
  }
}

function openTurn(
  { redactor }: Scene,
  { turn, journal, inbox }: { turn: RecordedTurn; journal: RecordedJournal; inbox?: RecordedInbox },
): OpenTurn {
  const delivery = { message: turn.message, isAgain: false };
  const parts = { role: turn.role, delivery, journal, entries: new Map(journal.entries), redactor };
  return new OpenTurn(inbox ? { ...parts, inbox } : parts);
}

function roleOf(scene: Scene, { role }: RecordedTurn, agent: string): ReplayedRole {
  const name = `${role} ${agent}`;
  const known = scene.roles.get(name) ?? new ReplayedRole(role, scene);
  scene.roles.set(name, known);
  return known;
}

function firstStepWithout(entries: ReadonlyMap<string, string>): number {
  let step = 1;
  while (entries.has(`reply:${step}`)) step++;
  return step;
}

/** What the run knew when it began; of a record that does not tell, what was said before the message. */
function historyOf(messages: readonly Message[], asked: Message, { knows }: Life): readonly Message[] {
  const at = messages.findIndex(({ id }) => id === (knows || asked.id));
  return messages.slice(0, at + 1).slice(-HISTORY_LIMIT);
}

/** The operator ended it, or it was given up. */
async function endAsRecorded(
  scene: Scene,
  { turn, status }: ReplayedTurn,
  journal: RecordedJournal,
): Promise<void> {
  const { redactor, signal } = scene;
  const cause = redactor(String(turn.entries.get("cause")));
  if (turn.entries.has(LIVES)) await journal.record({ [LIVES]: "[]" }); // it had begun
  const open = openTurn(scene, { turn, journal });
  if (status === "cancelled") await open.cancel(cause, signal);
  const runs = new Map([["runs", String(turn.entries.get("runs"))]]);
  const again = { message: turn.message, isAgain: true };
  if (status === "dead" && (await isHopeless(again, journal, { entries: runs, signal })))
    await giveUp(roleOf(scene, turn, "").course, open, signal);
}
