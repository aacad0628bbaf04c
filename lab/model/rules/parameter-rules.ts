/** Rules about the parameters of a request. */
import { z } from "zod";
import { rule, type WireRequest, words } from "./wire-request.ts";

export const PARAMETER_RULES = {
  "parameters-known": rule(z.strictObject({ names: words }), ({ names }) => (request) => {
    const param = Object.keys(request).find((name) => !names.includes(name));
    return param === undefined ? undefined : { what: `the parameter ${param}`, param };
  }),
  "parameters-refused": rule(z.strictObject({ names: words }), ({ names }) => (request) => {
    const param = names.find((name) => request[name] !== undefined);
    return param === undefined ? undefined : { what: `the parameter ${param}`, param };
  }),
  "value-known": rule(
    z.strictObject({ name: z.string(), values: words }),
    ({ name, values }) =>
      (request) =>
        request[name] === undefined || values.includes(String(request[name]))
          ? undefined
          : { what: `${name} ${request[name]} is not one of ${values.join(", ")}`, param: name },
  ),
  "tools-need-effort": rule(z.strictObject({ values: words }), ({ values }) => (request) => {
    const effort = String(request["reasoning_effort"] ?? "default");
    const isFine = request.tools.length === 0 || values.includes(effort);
    return isFine
      ? undefined
      : { what: `function tools with reasoning_effort ${effort}`, param: "reasoning_effort" };
  }),
  /** `reply`: whether room for the longest reply must be left as well. */
  "context-holds": rule(
    z.strictObject({ tokens: z.number(), reply: z.boolean().default(true) }),
    ({ tokens, reply }) =>
      (request) => {
        const prompt = promptTokens(request);
        const longest = Number(request["max_tokens"] ?? request["max_completion_tokens"] ?? 0);
        return prompt + (reply ? longest : 0) <= tokens
          ? undefined
          : { what: `${prompt} tokens of the messages and ${longest} of the completion in ${tokens}` };
      },
  ),
} as const;

/** As servers count when nobody tells: four characters a token. */
export function promptTokens({ messages, tools }: WireRequest): number {
  return Math.ceil((JSON.stringify(messages).length + JSON.stringify(tools).length) / 4);
}
