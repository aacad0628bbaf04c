/**
 * What servers are reported to refuse of a chat completion request, one rule a name: a function of the request as it
 * came over the wire. Which server has which rule, and who reported it, is data (profiles/). Knows nothing of HTTP.
 */
import { CALL_RULES } from "./rules/call-rules.ts";
import { MESSAGE_RULES } from "./rules/message-rules.ts";
import { PARAMETER_RULES } from "./rules/parameter-rules.ts";
import { SCHEMA_RULES } from "./rules/schema-rules.ts";
import type { Check } from "./rules/wire-request.ts";

const RULES = { ...PARAMETER_RULES, ...MESSAGE_RULES, ...CALL_RULES, ...SCHEMA_RULES } as const;
export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as [RuleName, ...RuleName[]];

/** The rule of that name with these parameters. Throws a ZodError for parameters that it does not take. */
export function requestRule(name: RuleName, parameters: unknown): Check {
  return RULES[name].parse(parameters);
}
