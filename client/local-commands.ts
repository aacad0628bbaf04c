/** What the console answers by itself: /help, /agents, /status, /history, /think, /dead. Only /dead n sends. */
import type { Role } from "../agents/protocol/roles.ts";
import { joinRedacted, ours, type Redacted, redacted, sliceRedacted } from "../agents/redact/redacted.ts";
import type { Input } from "./commands.ts";
import type { Conversation } from "./conversation.ts";
import { helpText } from "./help.ts";
import type { Leaving } from "./leaving.ts";

const HISTORY_MESSAGES = 10;

export type Console = {
  leaving: Leaving;
  conversation: Conversation;
  /** The rows of /status that the console knows. */
  about(): Redacted;
  /** Send a text to one role, whomever it mentions. */
  sendTo(role: Role, content: Redacted): void;
};

export async function answerLocal(
  { command, argument }: Extract<Input, { kind: "local" }>,
  { conversation, leaving, about, sendTo }: Console,
): Promise<void> {
  switch (command) {
    case "/help":
      return conversation.say(helpText(leaving));
    case "/agents":
      return conversation.say(redacted`\n${conversation.team.table(Date.now())}`);
    case "/status":
      return await sayStatus(conversation, about);
    case "/history":
      return await sayHistory(conversation, Number.parseInt(argument, 10) || HISTORY_MESSAGES);
    case "/dead":
      return await answerDead(argument, conversation, sendTo);
    case "/think":
      conversation.showsThoughts = argument === "" ? !conversation.showsThoughts : argument !== "off";
      return conversation.say(
        redacted`Thoughts are ${conversation.showsThoughts ? "shown" : "hidden; the log has them"}.`,
      );
    default:
      return command satisfies never;
  }
}

async function sayStatus(conversation: Conversation, about: () => Redacted): Promise<void> {
  await conversation.readControl();
  const { control, connection, showsThoughts, troubles } = conversation;
  const rows = [
    redacted`session   ${control ? ours(control.session) : "unknown"}`,
    redacted`epoch     ${control?.epoch ?? "unknown"}`,
    redacted`team      ${control?.state ?? "unknown"}`,
    redacted`Redis     ${connection === "down" ? "away" : "connected"}`,
    ...Object.values(troubles).map((cause) => redacted`trouble   ${cause}`),
    redacted`thoughts  ${showsThoughts ? "shown" : "hidden"}`,
  ];
  conversation.say(redacted`\n${joinRedacted(rows, "\n")}\n${about()}`);
}

async function sayHistory(conversation: Conversation, count: number): Promise<void> {
  const messages = await conversation.history();
  if (messages === undefined)
    return conversation.problem(redacted`The history cannot be read while Redis is away.`);
  const last = messages.slice(-Math.max(1, count));
  conversation.say(redacted`${last.length} of ${messages.length} messages of this session:`);
  for (const message of last) conversation.showMessage(message);
}

/** Without a number the list, with one that message again: as the operator's, to the role that gave it up. */
async function answerDead(
  argument: string,
  conversation: Conversation,
  sendTo: Console["sendTo"],
): Promise<void> {
  const letters = await conversation.deadLetters();
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
