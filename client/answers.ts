/** What the console answers by itself: /help, /agents, /status, /history, /think. Nothing is sent. */
import type { Input } from "./commands.ts";
import type { Conversation } from "./conversation.ts";
import { HELP } from "./help.ts";

const HISTORY_MESSAGES = 10;

/** `about` gives the rows of /status that the console knows. */
export async function answerLocal(
  { command, argument }: Extract<Input, { kind: "local" }>,
  conversation: Conversation,
  about: () => string,
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
