/** A chat completion request, read as the scripted model sees it: who is asked, about what, how far the turn is. */
import { z } from "zod";
import { parseJson } from "../../agents/protocol/message.ts";
import { isRole, OPERATOR, type Role } from "../../agents/protocol/roles.ts";

const content = z.union([
  z.string(),
  z
    .array(z.looseObject({ text: z.string().default("") }))
    .transform((parts) => parts.map((part) => part.text).join("\n")),
  z.null().transform(() => ""),
]);

const message = z.looseObject({
  role: z.string(),
  content: content.default(""),
  tool_calls: z.array(z.unknown()).nullish(),
});
type ChatMessage = z.infer<typeof message>;

export const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(message).min(1),
  tools: z.array(z.unknown()).default([]),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().default(false) }).optional(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

export type Conversation = {
  role: Role;
  /** The message that the turn is about. */
  heard: { from: string; text: string };
  /** The tool results of the step before; at the first step the heard text. */
  last: string;
  /** From 1. A reply that the agent did not take, and asks for again, is not counted. */
  step: number;
  /** Everything said so far besides the system prompt, newest first. */
  texts: string[];
};

/** A line of the channel, as the agents hand it to a model: `task` when it is not simply the last, `note` in mid-turn. */
const channelLine = z.looseObject({
  from: z.string(),
  text: z.string(),
  task: z.boolean().optional(),
  note: z.string().optional(),
});
type ChannelLine = z.infer<typeof channelLine>;

/** Undefined when nobody of the team asks, or nothing is asked. */
export function readConversation(request: ChatRequest): Conversation | undefined {
  const messages = request.messages.flatMap(apart);
  const role = messages.filter(isInstruction).map((one) => /^You are (\w+)/.exec(one.content)?.[1])[0];
  const atWork = messages.slice(beginOfTurn(messages));
  const start = findTrigger(atWork);
  const trigger = atWork[start];
  if (!role || !isRole(role) || !trigger) return undefined;
  const heard = readLine(trigger.content);
  const turn = atWork.slice(start + 1);
  const lastCall = turn.findLastIndex(callsTools);
  const results = turn.slice(lastCall + 1).filter((one) => one.role === "tool");
  return {
    role,
    heard,
    last: results.length > 0 ? results.map((one) => one.content).join("\n") : heard.text,
    step: 1 + turn.filter(callsTools).length,
    texts: messages
      .filter((one) => !isInstruction(one))
      .map((one) => readLine(one.content).text)
      .reverse(),
  };
}

/** Neighbours that the agent joined: each line of the channel is a message of its own again. */
function apart(one: ChatMessage): ChatMessage[] {
  if (one.role !== "user" || parseLine(one.content) !== undefined) return [one];
  const parts: string[] = [];
  let isOpen = false;
  for (const line of one.content.split("\n")) {
    const isLine = parseLine(line) !== undefined;
    if (isLine || !isOpen) parts.push(line);
    else parts.push(`${parts.pop()}\n${line}`);
    isOpen = !isLine;
  }
  return parts.filter((part) => part.trim() !== "").map((content) => ({ ...one, content }));
}

/** Behind the last reply that a new line of the channel follows, and behind a turn that was cut off. */
function beginOfTurn(messages: ChatMessage[]): number {
  const opens = ({ role, content }: ChatMessage) => {
    const line = role === "user" ? parseLine(content) : undefined;
    return line !== undefined && line.note === undefined;
  };
  const ends = (one: ChatMessage) =>
    one.role === "assistant"
      ? !callsTools(one)
      : one.content.includes('"runtime":"That turn of yours was cut off');
  return messages.findLastIndex((one, at) => ends(one) && messages.slice(at + 1).some(opens)) + 1;
}

/**
 * What the operator says in mid-turn, else the task (the operator's, if there are several), else the newest line of the
 * channel; what else a user says is the agent's own remark.
 */
function findTrigger(messages: ChatMessage[]): number {
  const isUser = (one: ChatMessage) => one.role === "user";
  const newest = (accepts: (line: ChannelLine) => boolean) =>
    messages.findLastIndex((one) => {
      const line = isUser(one) ? parseLine(one.content) : undefined;
      return line !== undefined && accepts(line);
    });
  const found = [
    newest(({ note }) => note !== undefined),
    newest(({ task, from }) => task === true && from === OPERATOR),
    newest(({ task }) => task === true),
    newest(() => true),
  ].find((index) => index >= 0);
  return found ?? messages.findLastIndex(isUser);
}

function callsTools({ role, tool_calls }: ChatMessage): boolean {
  return role === "assistant" && (tool_calls?.length ?? 0) > 0;
}

function isInstruction({ role }: ChatMessage): boolean {
  return role === "system" || role === "developer";
}

/** What is not a line of the channel was typed by a human who talks to the model directly. */
function readLine(text: string): { from: string; text: string } {
  return parseLine(text) ?? { from: OPERATOR, text };
}

function parseLine(text: string): ChannelLine | undefined {
  return channelLine.safeParse(parseJson(text)).data;
}
