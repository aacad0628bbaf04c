/** Whether a text in the channel holds what a model writes for a machine. Written without a look at what the product takes for that. */
import { parseJson } from "../../../agents/protocol/message.ts";

const MARKUP =
  /<\/?(?:think(?:ing)?|tool_?calls?|function_?calls?|tool_response)>|u003c\/?tool_|<(?:function|invoke|parameter)(?:=| name=)|\[\/?(?:TOOL_CALLS|THINK)\]|<[|\uff5c][^<>\n]{1,60}[|\uff5c]>/i;
const NAMES = ["name", "tool", "tool_name", "function", "action"];
const ARGUMENTS = ["arguments", "args", "parameters", "params", "action_input"];

/**
 * Thoughts, markup of calls, tokens of a format, or JSON that is a call: alone, in a fence, or behind a sentence; and a
 * text that is nothing but fences or a message in JSON.
 */
export function holdsMarkup(text: string): boolean {
  const whole = text.replaceAll(/```\w{0,20}/g, "").trim();
  if (whole === "" || whole === "json" || [whole, ...fences(text)].some(isMessage)) return true;
  return MARKUP.test(text) || [...fences(text), outermost(text, "{}"), outermost(text, "[]")].some(isCall);
}

function fences(text: string): string[] {
  return text
    .split("```")
    .filter((_, index) => index % 2 === 1)
    .map((body) => outermost(body, "{}"));
}

function outermost(text: string, [open = "", close = ""]: string): string {
  return text.slice(Math.max(0, text.indexOf(open)), text.lastIndexOf(close) + 1);
}

function isMessage(json: string): boolean {
  const value = parseJson(json);
  return typeof value === "object" && value !== null && "text" in value && ("to" in value || "from" in value);
}

function isCall(json: string): boolean {
  const values = [parseJson(json)].flat();
  return values.some((value) => {
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    return NAMES.some((key) => keys.includes(key)) && ARGUMENTS.some((key) => keys.includes(key));
  });
}
