/** What the console answers by itself: /help, /agents, /status, /history, /think, /dead. Only /dead n sends. */
import type { Role } from "../agents/protocol/roles.ts";
import type { Input } from "./commands.ts";
import type { Conversation } from "./conversation.ts";
import { HELP } from "./help.ts";

const HISTORY_MESSAGES = 10;

export type Console = {
  conversation: Conversation;
  /** The rows of /status that the console knows. */
  about(): string;
  /** Send a text to one role, whomever it mentions. */
  sendTo(role: Role, content: string): void;
};

export async function answerLocal(
  { command, argument }: Extract<Input, { kind: "local" }>,
  { conversation, about, sendTo }: Console,
): Promise<void> {
  switch (command) {
    case "/help":
      return conversation.say(HELP);
    case "/agents":
      return conversation.say(`\n${conversation.team.table(Date.now())}`);
    case "/status":
      return await sayStatus(conversation, about);
    case "/history":
      return await sayHistory(conversation, Number.parseInt(argument, 10) || HISTORY_MESSAGES);
    case "/dead":
      return await answerDead(argument, conversation, sendTo);
    case "/think":
      conversation.showsThoughts = argument === "" ? !conversation.showsThoughts : argument !== "off";
      return conversation.say(
        `Thoughts are ${conversation.showsThoughts ? "shown" : "hidden; the log has them"}.`,
      );
    default:
      return command satisfies never;
  }
}

async function sayStatus(conversation: Conversation, about: () => string): Promise<void> {
  await conversation.readControl();
  const { control, connection, showsThoughts } = conversation;
  const rows = [
    `session   ${control?.session ?? "unknown"}`,
    `epoch     ${control?.epoch ?? "unknown"}`,
    `team      ${control?.state ?? "unknown"}`,
    `Redis     ${connection === "down" ? "away" : "connected"}`,
    `thoughts  ${showsThoughts ? "shown" : "hidden"}`,
  ];
  conversation.say(`\n${rows.join("\n")}\n${about()}`);
}

async function sayHistory(conversation: Conversation, count: number): Promise<void> {
  const messages = await conversation.history();
  if (messages === undefined) return conversation.problem("The history cannot be read while Redis is away.");
  const last = messages.slice(-Math.max(1, count));
  conversation.say(`${last.length} of ${messages.length} messages of this session:`);
  for (const message of last) conversation.showMessage(message);
}

/** Without a number the list, with one that message again: as the operator's, to the role that gave it up. */
async function answerDead(
  argument: string,
  conversation: Conversation,
  sendTo: Console["sendTo"],
): Promise<void> {
  const letters = await conversation.deadLetters();
  if (letters === undefined) return conversation.problem("They cannot be read while Redis is away.");
  if (letters.length === 0) return conversation.say("No message of this session was given up.");
  const chosen = letters[Number(argument) - 1];
  if (chosen) return sendTo(chosen.role, chosen.message.content);
  const rows = letters.map(
    ({ role, message, cause }, index) =>
      `${index + 1}  ${role}, from ${message.sender}: ${message.content.slice(0, 200)} (${cause})`,
  );
  conversation.say(`\n${rows.join("\n")}\n/dead 1 sends the first one again, as yours.`);
}
