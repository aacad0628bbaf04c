/** What the console answers by itself, without the team. Only /dead n sends; /budget, /host, /grant, /deny, /mode, /mission, /checks may write. */
import type { Role } from "../agents/protocol/roles.ts";
import {
  fromRedactedParts,
  joinRedacted,
  ours,
  type Redacted,
  redacted,
  sliceRedacted,
} from "../agents/redact/redacted.ts";
import {
  answerDeny,
  answerGrant,
  answerMode,
  answerPending,
  answerShow,
  type Deciding,
} from "./approvals.ts";
import { answerBudget, budgetLines } from "./budget.ts";
import { WATCHES } from "./call-entry.ts";
import type { Input } from "./commands.ts";
import type { Conversation } from "./conversation.ts";
import { costText } from "./cost.ts";
import { helpText } from "./help.ts";
import { answerHost, type HostSettings } from "./host.ts";
import type { Leaving } from "./leaving.ts";
import { answerChecks, answerMission } from "./mission.ts";
import { teamState } from "./team-state.ts";

const HISTORY_MESSAGES = 10;
const WATCHED = {
  off: "none; the log has them",
  changes: "those that change something, and those that failed",
  all: "all",
} as const;

export type Console = Deciding & {
  leaving: Leaving;
  hosts?: HostSettings;
  /** The rows of /status that the console knows. */
  about(): Redacted;
  /** Send a text to one role, whomever it mentions. */
  sendTo(role: Role, content: Redacted): void;
};

type Local = Extract<Input, { kind: "local" }>;

export async function answerLocal({ command, argument }: Local, console: Console): Promise<void> {
  const { conversation, leaving } = console;
  switch (command) {
    case "/help":
      return conversation.say(helpText(leaving));
    case "/agents":
      return conversation.say(redacted`\n${conversation.team.table(Date.now())}`);
    case "/status":
      return await sayStatus(console);
    case "/watch":
      return setWatch(argument, conversation);
    case "/cost":
      return await sayCost(conversation);
    case "/budget":
      return await answerBudget(argument, conversation);
    case "/host":
      return await answerHost(argument, console);
    case "/pending":
      return await answerPending(console);
    case "/show":
      return await answerShow(argument, console);
    case "/grant":
      return await answerGrant(argument, console);
    case "/deny":
      return await answerDeny(argument, console);
    case "/mode":
      return await answerMode(argument, console);
    case "/mission":
      return await answerMission(argument, conversation);
    case "/checks":
      return await answerChecks(argument, conversation);
    case "/output":
      return await openOutput(argument, console);
    case "/history":
      return await sayHistory(conversation, Number.parseInt(argument, 10) || HISTORY_MESSAGES);
    case "/dead":
      return await answerDead(argument, console);
    case "/think":
      conversation.showsThoughts = argument === "" ? !conversation.showsThoughts : argument !== "off";
      return conversation.say(
        redacted`Thoughts are ${conversation.showsThoughts ? "shown" : "hidden; the log has them"}.`,
      );
    default:
      return command satisfies never;
  }
}

async function sayStatus({ conversation, about }: Console): Promise<void> {
  const found = await conversation.records.ask((bus, options) => bus.control(options));
  conversation.control = found ?? conversation.control;
  await conversation.meter.read();
  const { control, connection, meter, showsThoughts, troubles, watch } = conversation;
  const rows = [
    redacted`team      ${teamState(conversation, Date.now())}`,
    redacted`model     ${conversation.introduction.models}`,
    redacted`session   ${control ? ours(control.session) : "unknown"}`,
    redacted`cost      ${fromRedactedParts(meter.line || "nothing yet")} (/cost)`,
    redacted`Redis     ${connection === "down" ? "away" : "connected"}`,
    ...Object.values(troubles).map((cause) => redacted`trouble   ${cause}`),
    redacted`shown     tool calls: ${watch} (/watch), thoughts: ${showsThoughts ? "all" : "off"} (/think)`,
  ];
  conversation.say(redacted`\n${joinRedacted(rows, "\n")}\n${about()}`);
}

async function sayCost(conversation: Conversation): Promise<void> {
  const { prices } = conversation.meter;
  const spending = await conversation.meter.read();
  if (spending === undefined) return conversation.problem(redacted`It cannot be read while Redis is away.`);
  if (spending.length === 0) return conversation.say(redacted`This session has cost nothing yet.`);
  const found = await conversation.records.ask((bus, options) => bus.budgets.read(options));
  const budgets = found ? budgetLines(found, conversation.meter.limits) : [];
  conversation.say(joinRedacted([fromRedactedParts(`\n${costText(spending, prices)}`), ...budgets], "\n"));
}

function setWatch(argument: string, conversation: Conversation): void {
  const watch = WATCHES.find((name) => name === argument);
  conversation.watch = watch ?? conversation.watch;
  const hint = watch ? "" : redacted` /watch off, /watch changes or /watch all.`;
  conversation.say(redacted`Tool calls shown: ${WATCHED[conversation.watch]}.${hint}`);
}

/** Without a number what came last. */
async function openOutput(argument: string, { conversation, open }: Console): Promise<void> {
  const { shelf } = conversation;
  const number = argument === "" ? shelf.last : Number(argument);
  const openable = shelf.find(number);
  if (openable) return await open(openable);
  const which =
    shelf.last === 0 ? redacted`Nothing has a number yet` : redacted`The last one is ${shelf.last}`;
  conversation.say(
    redacted`Nothing to open by that number. ${which}: tool calls and long texts show theirs as [12].`,
  );
}

async function sayHistory(conversation: Conversation, count: number): Promise<void> {
  const messages = await conversation.records.ask((bus, options) => bus.history(options));
  if (messages === undefined)
    return conversation.problem(redacted`The history cannot be read while Redis is away.`);
  const last = messages.slice(-Math.max(1, count));
  conversation.say(redacted`${last.length} of ${messages.length} messages of this session:`);
  for (const message of last) conversation.showMessage(message);
}

/** Without a number the list, with one that message again: as the operator's, to the role that gave it up. */
async function answerDead(argument: string, { conversation, sendTo }: Console): Promise<void> {
  const letters = await conversation.records.ask((bus, options) => bus.deadLetters(options));
  if (letters === undefined) return conversation.problem(redacted`They cannot be read while Redis is away.`);
  if (letters.length === 0) return conversation.say(redacted`No message of this session was given up.`);
  const chosen = letters[Number(argument) - 1];
  if (chosen) return sendTo(chosen.role, chosen.message.content);
  const rows = letters.map(
    ({ role, message, cause }, index) =>
      redacted`${index + 1}  ${role}, from ${message.sender}: ${sliceRedacted(message.content, 0, 200)} (${cause})`,
  );
  conversation.say(redacted`\n${joinRedacted(rows, "\n")}\n/dead 1 sends the first one again, as yours.`);
}
