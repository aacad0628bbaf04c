/** A chat completion request, read as the scripted model sees it: who is asked, about what, how far the turn is. */
import { z } from "zod";
import { isRole, type Role } from "../../agents/protocol/roles.ts";

const content = z.union([
  z.string(),
  z
    .array(z.looseObject({ text: z.string().default("") }))
    .transform((parts) => parts.map((part) => part.text).join("")),
  z.null().transform(() => ""),
]);

export const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: content.default("") })).min(1),
  tools: z.array(z.unknown()).default([]),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().default(false) }).optional(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

export type Conversation = {
  role: Role;
  /** The message that the turn is about. */
  heard: { from: string; text: string };
  /** What came since the model's last word: the tool results of a step, or the heard message. */
  last: string;
  /** This model call's number in the turn, from 1. */
  step: number;
  /** Everything said so far besides the system prompt, newest first. */
  texts: string[];
};

/** A line of the channel, as the agents hand it to a model. */
const channelLine = z.looseObject({ from: z.string(), text: z.string() });

/** Undefined when nobody of the team asks, or nothing is asked. */
export function readConversation({ messages }: ChatRequest): Conversation | undefined {
  const role = messages
    .filter(isInstruction)
    .map((message) => /^You are (\w+)/.exec(message.content)?.[1])[0];
  const newest = messages.findLastIndex((message) => message.role === "user");
  const trigger = messages[newest];
  if (!role || !isRole(role) || !trigger) return undefined;
  const said = messages.filter((message) => !isInstruction(message));
  const texts = said.map((message) => readLine(message.content).text);
  const answered = said.findLastIndex((message) => message.role === "assistant");
  const turn = messages.slice(newest);
  return {
    role,
    heard: readLine(trigger.content),
    last: texts.slice(Math.max(answered + 1, said.indexOf(trigger))).join("\n"),
    step: 1 + turn.filter((message) => message.role === "assistant").length,
    texts: texts.reverse(),
  };
}

function isInstruction(message: { role: string }): boolean {
  return message.role === "system" || message.role === "developer";
}

/** What is not a line of the channel was typed by a human who talks to the model directly. */
function readLine(text: string): { from: string; text: string } {
  const parsed = channelLine.safeParse(parseObject(text));
  return parsed.success ? { from: parsed.data.from, text: parsed.data.text } : { from: "User", text };
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // plain text
  }
}
