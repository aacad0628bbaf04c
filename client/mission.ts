/** The mission in words: what the operator has said, its criteria with what was seen of each; and what he says of them. */
import { isSettled, type Judged, judgeCriteria } from "../agents/governance/verdicts.ts";
import type { Ruling, Seen } from "../agents/protocol/criterion.ts";
import type { Mission } from "../agents/protocol/mission.ts";
import {
  fromRedactedParts,
  joinRedacted,
  ours,
  type Redacted,
  redacted,
  sliceRedacted,
} from "../agents/redact/redacted.ts";
import type { Conversation } from "./conversation.ts";

const AWAY = redacted`It cannot be read while Redis is away.`;
const NONE = redacted`There is no mission yet: your next message begins one.`;
const HOW = redacted`/checks accept ID takes it for proved; /checks reopen ID has it checked anew; /checks correct ID WORDS changes it.`;
const SHOWN_CHARS = 300;

/** `/mission`, `/mission new`. */
export async function answerMission(argument: string, conversation: Conversation): Promise<void> {
  if (argument !== "" && argument !== "new") return conversation.problem(redacted`/mission, or /mission new`);
  if (argument === "new") {
    const isDone = await conversation.records.ask(async (bus, options) => {
      await bus.missions.close(options);
      return true;
    });
    return conversation.say(isDone ? redacted`Your next message begins a new mission.` : AWAY);
  }
  const found = await read(conversation);
  if (found === undefined) return conversation.problem(AWAY);
  conversation.say(found ? missionText(found) : NONE);
}

/** `/checks`, and what the operator says of one of them. */
export async function answerChecks(argument: string, conversation: Conversation): Promise<void> {
  const mission = await read(conversation);
  if (mission === undefined) return conversation.problem(AWAY);
  if (!mission) return conversation.say(NONE);
  const [verb = "", id = "", ...words] = argument.split(/\s+/);
  if (verb === "") return conversation.say(redacted`\n${criteriaText(mission)}`);
  const kind = (["accept", "reopen", "correct"] as const).find((each) => each === verb);
  const criterion = mission.criteria.find((each) => each.id === id);
  const text = fromRedactedParts(words.join(" "));
  if (!kind || (kind === "correct" && text === "")) return conversation.problem(HOW);
  if (!criterion) return conversation.problem(redacted`There is no such criterion; /checks lists them.`);
  await rule(conversation, mission, { criterion: id, kind, revision: criterion.revision, text });
}

async function rule(conversation: Conversation, mission: Mission, ruling: Omit<Ruling, "at">): Promise<void> {
  const isDone = await conversation.records.ask(async (bus, options) => {
    await bus.missions.rule(mission.id, ruling, options);
    return true;
  });
  if (!isDone)
    return conversation.problem(redacted`Not recorded: Redis is away. Try again when it is there.`);
  const after = await read(conversation);
  conversation.say(
    redacted`Recorded; no role hears of it but by your next message.\n${after ? criteriaText(after) : ""}`,
  );
}

/** Undefined while Redis is away, null before the first mission. */
async function read(conversation: Conversation): Promise<Mission | null | undefined> {
  return await conversation.records.ask(async (bus, options) => (await bus.missions.read(options)) ?? null);
}

function missionText(mission: Mission): Redacted {
  const { texts, hash, isOpen } = mission;
  const said = texts.map(({ text }, at) => redacted`${at + 1}  ${sliceRedacted(text, 0, 10 * SHOWN_CHARS)}`);
  const state = isOpen ? redacted`open` : redacted`over: your next message begins another`;
  return redacted`\nThe mission is ${state}. In your words (SHA-256 ${ours(hash)}):\n${joinRedacted(said, "\n")}\n${criteriaText(mission)}`;
}

function criteriaText(mission: Mission): Redacted {
  const judged = judgeCriteria(mission);
  if (judged.length === 0) return redacted`No criteria are recorded.`;
  const settled = judged.filter(isSettled).length;
  return joinRedacted(
    [redacted`${settled} of ${judged.length} criteria are settled.`, ...judged.map(row), HOW],
    "\n",
  );
}

function row({ criterion, verdict, why, check }: Judged): Redacted {
  const { id, text, hosts, command } = criterion;
  const how = command ?? redacted`no command shows it`;
  const title = redacted`${fromRedactedParts(id)}  ${ours(verdict)}, ${fromRedactedParts(why)}: ${text}`;
  const seen = check?.seen.map(seenText) ?? [];
  return joinRedacted([title, redacted`    on ${joinRedacted(hosts, ", ")}: ${how}`, ...seen], "\n");
}

function seenText({ host, exitCode, observed }: Seen): Redacted {
  const shown = joinRedacted(
    sliceRedacted(observed, 0, SHOWN_CHARS).split("\n").map(fromRedactedParts),
    " | ",
  );
  return redacted`    ${host}: exit ${exitCode ?? "none"}: ${shown}`;
}
