/**
 * `[DONE]` is a request: granted when nothing is missing; else the coordinator is told what is, twice, and then the
 * operator, and the mission is not done. By records alone, never by what anybody says.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Audit } from "../bus/audit-file.ts";
import { DONE } from "../bus/journal-keys.ts";
import { missingForDone } from "../governance/done.ts";
import { judgeCriteria } from "../governance/verdicts.ts";
import { type Mission, type MissionDesk, REFUSED } from "../protocol/mission.ts";
import { COORDINATOR, type Role } from "../protocol/roles.ts";
import { parseSignal } from "../protocol/signal.ts";
import type { Redactor } from "../redact/redact.ts";
import { joinRedacted, ours, type Redacted, redacted, rewrite } from "../redact/redacted.ts";
import { fenced } from "./escalation.ts";
import type { TurnEnd } from "./events.ts";
import type { FinalReply } from "./final-reply.ts";
import type { JournalWriter } from "./journal-writer.ts";

const MAX_REFUSALS = 2;
/** So long a turn of another role is awaited before it counts as missing. */
const AWAIT_MS = 20_000;
const LOOK_AGAIN_MS = 500;

export type DoneOptions = { role: Role; desk: MissionDesk; redactor: Redactor; audit?: Audit | undefined };
export type Requested = { end: TurnEnd; step: number; journal: JournalWriter; signal: AbortSignal };
export type DoneJudge = (requested: Requested) => Promise<FinalReply>;

export function createDoneJudge(options: DoneOptions): DoneJudge {
  return async (requested) => {
    const { end, step, journal } = requested;
    if (options.role !== COORDINATOR || end.status !== "completed" || parseSignal(end.text) !== "done")
      return { kind: "final", end };
    const before = journal.stored(`correction:${step}`); // an earlier life was refused here
    if (typeof before === "string") return { kind: "correct", correction: options.redactor(before) };
    return await answer(options, requested);
  };
}

async function answer(options: DoneOptions, { end, signal }: Requested): Promise<FinalReply> {
  const mission = await whenOthersHaveEnded(options.desk, signal);
  if (!mission?.isOpen) return { kind: "final", end }; // nothing is asked for: an ordinary answer
  const missing = missingForDone(mission).map((line) => inText(options.redactor(line)));
  if (missing.length === 0) return { kind: "final", end: granted(options, mission, end) };
  const list = joinRedacted(
    missing.map((line) => redacted`- ${line}`),
    "\n",
  );
  const refused = { count: mission.refused.count + 1, texts: mission.texts.length };
  await options.desk.record(mission.id, () => ({ [REFUSED]: JSON.stringify(refused) }), { signal });
  if (refused.count > MAX_REFUSALS) return { kind: "final", end: unverified(end, list) };
  const text = redacted`[DONE] is not granted, and nobody has heard it. Missing:\n${list}\nHave it done, or say to the operator what cannot be, with [AWAITING_INPUT].`;
  return { kind: "correct", correction: text };
}

async function whenOthersHaveEnded(desk: MissionDesk, signal: AbortSignal): Promise<Mission | undefined> {
  const deadline = performance.now() + AWAIT_MS;
  for (;;) {
    const mission = await desk.read({ signal });
    const others = mission?.working.some((role) => role !== COORDINATOR) === true;
    if (!others || performance.now() > deadline) return mission;
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** The coordinator's words with what was proved, and the mark that ends the mission in the same transaction. */
function granted({ redactor, audit }: DoneOptions, mission: Mission, end: TurnEnd): TurnEnd {
  const { id, hash, texts } = mission;
  const evidence = judgeCriteria(mission).map(({ criterion, verdict, why, check }) => {
    const when = check ? redacted`, ${ours(new Date(check.at).toISOString().slice(11, 19))} UTC` : redacted``;
    const where = joinRedacted(criterion.hosts, ", ");
    return redacted`- ${redactor(criterion.id)} ${verdict} ${redactor(why)} (${where}${when}): ${criterion.text}`;
  });
  audit?.append("mission", { mission: redactor(id), hash: ours(hash), texts: texts.length, done: evidence });
  const list = evidence.length === 0 ? [] : [redacted`\nWhat was proved:`, ...evidence.map(inText)];
  const text = joinRedacted([withoutSignal(end.text), ...list, redacted`[DONE]`], "\n");
  return { ...end, text, closing: { [DONE]: JSON.stringify({ mission: id, hash }) } };
}

function unverified(end: TurnEnd, list: Redacted): TurnEnd {
  const text = redacted`NOT VERIFIED: the mission is not done. Missing:\n${list}\nWhat I would have said:\n${fenced(withoutSignal(end.text))}\n[AWAITING_INPUT]`;
  return { ...end, status: "awaiting", text };
}

function withoutSignal(text: Redacted): Redacted {
  return rewrite(text, (it) =>
    it
      .split("\n")
      .filter((line) => line.trim() !== "[DONE]")
      .join("\n")
      .trimEnd(),
  );
}

/** A line that addresses nobody and is no signal. */
function inText(line: Redacted): Redacted {
  return rewrite(line, (it) => it.replace(/\s+/g, " ").replaceAll("@", "").trim());
}
