/**
 * A message holds the words of one speaker: whatever stands in it, a reader that flattens the conversation cannot take
 * a line of it for the beginning of another message, nor a word of it for the border between two.
 */
import { escapeActive } from "../base/active-characters.ts";
import { SENDERS } from "../protocol/roles.ts";

const SPEAKERS = [...SENDERS, "System", "Assistant", "Human", "Developer", "SYSTEM", "ASSISTANT", "USER"];

/** What may stand before a name that begins a line, and behind it: quoted, listed, emphasised, `::think` of our channel. */
const BEFORE_NAME = /[^\s>*_#"'`[(-]/;
const AFTER_NAME = /^(?:::\w+\b)?[\])*_"'`]*\s*[:\uff1a]/;

/** The borders of the chat templates of open models: servers take them for borders wherever they stand. */
const BORDER =
  /<(?=[|\uff5c][^<>]{1,40}[|\uff5c]>|\/?(?:s|think|tool_call|tool_response|start_of_turn|end_of_turn|bos|eos)>|<\/?SYS>>)|\[(?=\/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|SYSTEM_PROMPT)\])/g;

/** Escapes as in JSON, so that a line of JSON stays one; other lines that look like an opening are marked with `| `. */
export function escapeForgedTurns(text: string): string {
  return escapeActive(text.replaceAll("\r\n", "\n"))
    .replace(BORDER, (first) => `\\u00${first.charCodeAt(0).toString(16)}`)
    .split("\n")
    .map((line) => (opensTurn(line) ? `| ${line}` : line))
    .join("\n");
}

/** A line like `User: ...`. */
function opensTurn(line: string): boolean {
  const start = line.search(BEFORE_NAME);
  const speaker = SPEAKERS.find((name) => line.startsWith(name, start));
  return speaker !== undefined && AFTER_NAME.test(line.slice(start + speaker.length));
}
