/** Finds the traces of a call in a text that is not one as a whole: such a text is no word of the role. */
import type { ToolDefinition } from "./exchange.ts";
import { bareName } from "./read-chat.ts";

/** Anywhere in the text, also behind a sentence: markup of calls, or JSON that calls a tool of the role. */
export function holdsCall(text: string, tools: readonly ToolDefinition[]): boolean {
  const names = new Set(tools.map((tool) => tool.name));
  const isOwn = (match: RegExpExecArray) => names.has(bareName(match[1]));
  if (MARKUP.test(withoutInlineCode(text))) return true;
  const said = [...text.matchAll(JSON_NAME), ...text.matchAll(NAMED)].some(isOwn);
  const hasArguments =
    /"(?:arguments|args|parameters|params|input|tool_input|action_input|function)"\s{0,9}:/.test(text);
  return (said && hasArguments) || text.split("\n").some((line) => isCallLine(line, names));
}

const MARKUP =
  /<\/?(?:tool_?calls?|function_?calls?|minimax:tool_call|arg_key)>|<(?:function|invoke|parameter)(?:=| name=)|\[TOOL_CALLS\]|<[|\uff5c](?:[a-z_]*tool|python_tag|DSML|channel|message|start|constrain|call)|\bto=functions\./i;
const JSON_NAME =
  /"(?:name|tool|tool_name|function|function_name|recipient_name|action)"\s{0,9}:\s{0,9}"([\w.:-]{1,80})"/g;
const NAMED = /\b(?:functions\.|call:)([\w-]{1,64})/g;
/** `run_ssh(host="pve1")` or `Action: run_ssh` on a line of its own. */
function isCallLine(line: string, names: ReadonlySet<string>): boolean {
  const name = /^(?:Action: ?|Tool: ?|\[)?([a-z]\w{0,63})/.exec(line)?.[1] ?? "";
  if (!names.has(name)) return false;
  return line.startsWith("Action:") || (/^\[?\w{1,64}\(/.test(line) && /\)\]?$/.test(line.trimEnd()));
}

function withoutInlineCode(text: string): string {
  return text.replaceAll(/`[^`\n]*`/g, "");
}
