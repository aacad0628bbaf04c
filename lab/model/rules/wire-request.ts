/** A chat completion request as a rule looks at it, and what a rule is; knows no rule. */
import { z } from "zod";

const call = z.looseObject({
  id: z.unknown(),
  function: z.looseObject({ name: z.unknown(), arguments: z.unknown() }).optional(),
});
const message = z.looseObject({
  role: z.string(),
  content: z.unknown(),
  tool_calls: z.array(call).nullish(),
  tool_call_id: z.string().optional(),
});
const toolFunction = z.looseObject({ parameters: z.unknown().optional() });
/** Loose: what a client wrongly sends must be readable to be refused. */
export const wireRequest = z.looseObject({
  messages: z.array(message).default([]),
  tools: z.array(z.looseObject({ function: toolFunction.prefault({}) })).default([]),
});
export type WireRequest = z.infer<typeof wireRequest>;
export type WireMessage = z.infer<typeof message>;
export type WireCall = z.infer<typeof call>;

/** `what` is the part that is refused, `param` its name where the server names one. */
export type Refusal = { what: string; param?: string };
export type Check = (request: WireRequest) => Refusal | undefined;
export type Rule = { parse(given: unknown): Check };

/** A rule with the parameters that a profile gives it. `parse` throws a ZodError for others. */
export function rule<Schema extends z.ZodType>(
  parameters: Schema,
  make: (given: z.infer<Schema>) => Check,
): Rule {
  return { parse: (given) => make(parameters.parse(given ?? {})) };
}

/** For rules without parameters. */
export const nothing = z.strictObject({});
export const words = z.array(z.string()).min(1);

/** The first of the items that has a problem. */
export function firstOf<Item>(
  items: readonly Item[],
  problem: (item: Item) => string | undefined,
): Refusal | undefined {
  for (const item of items) {
    const what = problem(item);
    if (what !== undefined) return { what };
  }
  return undefined;
}
