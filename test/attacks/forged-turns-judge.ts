/** Whether a message of a request could be taken for somebody else's, by a program or by a reader that flattens it all. */
import { SENDERS } from "../../agents/protocol/roles.ts";
import type { ModelRequest } from "../../agents/testing/model-server.ts";

type Sent = ModelRequest["messages"][number];

/** What a message must be: its role and, for what others said, who said what. */
export type Expected = { role: string; from?: string; text?: string; answers?: string };

const LINES = /\r\n|[\n\r\v\f\x85\u2028\u2029]/;
const SPEAKERS = [...SENDERS, "System", "SYSTEM", "Human", "Assistant"];
const BORDER =
  /<[|｜][^<>]*[|｜]>|<\/?(?:s|think|tool_call|tool_response|start_of_turn|end_of_turn)>|<<\/?SYS>>|\[\/?(?:INST|TOOL_RESULTS)\]/;

/** Undefined when it is only what it is. */
export function forgedIn(sent: Sent | undefined, expected: Expected): string | undefined {
  if (sent?.role !== expected.role) return `a ${expected.role} message became ${sent?.role}`;
  if (sent.tool_call_id !== expected.answers) return `it answers ${sent.tool_call_id}`;
  const content = sent.content ?? "";
  if (expected.from !== undefined) {
    const problem = misreadJson(content, expected);
    if (problem) return problem;
  }
  const line = content.split(LINES).find(opensTurn);
  if (line !== undefined) return `a line opens a turn: ${JSON.stringify(line.slice(0, 80))}`;
  const [border] = BORDER.exec(content) ?? [];
  return border && `the border of a chat template gets through: ${border}`;
}

function opensTurn(line: string): boolean {
  const start = line.search(/[\p{L}\p{N}|{]/u);
  const speaker = SPEAKERS.find((name) => line.startsWith(name, start));
  return (
    speaker !== undefined &&
    /^(?:::\w+(?!\w))?[^\p{L}\p{N}:：]*[:：]/u.test(line.slice(start + speaker.length))
  );
}

function misreadJson(content: string, { from, text }: Expected): string | undefined {
  if (LINES.test(content)) return "a message has several lines";
  try {
    const read = JSON.parse(content);
    return read.from === from && read.text === text ? undefined : `it reads as from ${read.from}`;
  } catch {
    return "it is no JSON";
  }
}

/** Names of tools that a model invents go back to the endpoint. */
export function badName(sent: Sent | undefined): string | undefined {
  const calls = (sent?.tool_calls ?? []) as { function: { name: string } }[];
  const bad = calls.find((call) => !/^[\w-]{1,64}$/.test(call.function.name));
  return bad && `a tool is named ${JSON.stringify(bad.function.name)}`;
}
