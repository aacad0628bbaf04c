/** A case: what a server sends, or refuses, and how it is judged; as data, checked when it is read. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../../../agents/protocol/message.ts";
import { RULE_NAMES } from "../../../lab/model/request-rules.ts";

/** One HTTP answer; `body` as it goes over the wire, or `json` for one that is JSON. */
const answer = z.strictObject({
  status: z.number().int(),
  /** `retry-after: date +2` is a date two seconds from when it is sent. */
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  json: z.unknown().optional(),
  delayMs: z.number().default(0),
});
export type Answer = z.infer<typeof answer>;

// Linear because a case's patterns are words with alternatives, written here.
const pattern = z.string().transform((source) => new RegExp(source, "is"));
const calls = z.array(z.strictObject({ tool: z.string(), args: z.unknown() }));
const grade = z.enum(["right", "acceptable"]);

/** What must be seen. Each has its function and its argument in judges.ts. */
const judge = z.discriminatedUnion("is", [
  /** These calls are run, and the turn goes on to its end; `orTold`: or the model is told, in these words, that none was. */
  z.strictObject({
    is: z.literal("calls"),
    calls,
    orTold: pattern.optional(),
    noThoughts: z.boolean().optional(),
  }),
  /** Nothing is run, the model hears why and answers again; `orMarked`: or the text is sent, and says that it is cut. */
  z.strictObject({
    is: z.literal("told"),
    told: pattern,
    not: pattern.optional(),
    orMarked: z.boolean().optional(),
  }),
  /** Exactly this is said, and what was thought is shown as a thought. */
  z.strictObject({ is: z.literal("reply"), text: z.string(), thought: z.string().optional() }),
  /** Asked again until it works, not sooner than the server wants; the operator sees `words` meanwhile. */
  z.strictObject({
    is: z.literal("tried-again"),
    waitsMs: z.array(z.number()).default([]),
    words: pattern.optional(),
  }),
  /** Given up after `least` to `most` requests; the operator reads `must`, and `hint` where he can mend it. */
  z.strictObject({
    is: z.literal("given-up"),
    must: pattern,
    hint: pattern.optional(),
    least: z.number().default(1),
    most: z.number().default(1),
    /** `refused`: the server goes on to refuse, so the next message cannot work. */
    after: z.enum(["works", "refused"]).default("works"),
  }),
  /** The server takes it, at once or after one refusal; `orWords`: or it is given up with the setting that mends it. */
  z.strictObject({
    is: z.literal("taken"),
    calls: calls.optional(),
    least: z.number().default(1),
    orWords: pattern.optional(),
    orIs: grade.default("acceptable"),
  }),
  /** A reply that nothing is wrong with but that the prompt was cut: the operator is told what to raise. */
  z.strictObject({ is: z.literal("noticed"), words: pattern }),
]);
export type Judge = z.infer<typeof judge>;

export const endpointCase = z.strictObject({
  id: z.string(),
  title: z.string(),
  kind: z.enum([
    "tool-call-shape",
    "tool-call-as-text",
    "thoughts",
    "not-a-reply",
    "cut-off",
    "errors",
    "request",
  ]),
  /** Where it was reported. */
  source: z.url().optional(),
  settings: z.record(z.string(), z.string()).default({}),
  /** The path of OPENAI_API_BASE. */
  base: z.string().default("/v1"),
  /** Paths that are served; all others are answered with `refusal`. */
  paths: z.array(z.string()).optional(),
  /** Characters of the task besides, for a long prompt: of earlier messages little is sent. */
  earlier: z.number().default(0),
  rule: z.strictObject({ name: z.enum(RULE_NAMES), with: z.unknown().optional() }).optional(),
  /** What a request that breaks the rule gets. */
  refusal: answer.optional(),
  responses: z.array(answer),
  /** After the last response: a plain report, or that response again. */
  afterwards: z.enum(["plain", "repeat"]).default("plain"),
  /** The agent ends after its first call has its outcome, and another life of it goes on. */
  resumed: z.boolean().default(false),
  expect: z.string(),
  judge,
});
export type EndpointCase = z.infer<typeof endpointCase>;

/** Those that were given to the project, and those that its judges added. Throws for a bad one, and says which. */
export function loadCases(): EndpointCase[] {
  return ["given-cases.jsonl", "more-cases.jsonl"].flatMap((file) =>
    readFileSync(join(import.meta.dirname, file), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line, at) => {
        const parsed = endpointCase.safeParse(parseJson(line));
        if (parsed.success) return parsed.data;
        throw new Error(`${file}, line ${at + 1}: ${z.prettifyError(parsed.error)}`);
      }),
  );
}
