/** Earlier messages that fill a context, with a word in the first line. */
import type { Message } from "../../agents/protocol/message.ts";
import type { Role } from "../../agents/protocol/roles.ts";
import { told } from "./question.ts";

/** Below what a prompt shows whole of one earlier message. */
const MESSAGE_CHARS = 40_000;

/** About as many tokens as asked for, at four characters each. */
export function longMessages(role: Role, { tokens, word }: { tokens: number; word: string }): Message[] {
  const lines = [`The word of this list is ${word}.`];
  let length = 0;
  for (let at = 1; length < tokens * 4; at++) {
    const line = `Entry ${at}: the guest vm-${at} runs on ${at % 2 === 0 ? "pve1" : "pve2"} and nothing is to be done about it.`;
    lines.push(line);
    length += line.length + 1;
  }
  return inMessages(lines).map((text) => told(role, text));
}

function inMessages(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last === undefined || last.length + line.length > MESSAGE_CHARS) texts.push(line);
    else texts[texts.length - 1] = `${last}\n${line}`;
  }
  return texts;
}
