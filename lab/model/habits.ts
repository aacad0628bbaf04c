/** How the answers of a server differ from OpenAI's, one habit a name: a function of a completion, as it would be sent. */
import { createHash } from "node:crypto";
import { z } from "zod";

const call = z.looseObject({
  id: z.string().default(""),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});
const completion = z.looseObject({
  choices: z.array(
    z.looseObject({
      message: z.looseObject({ content: z.string().nullish(), tool_calls: z.array(call).optional() }),
      finish_reason: z.string(),
    }),
  ),
  usage: z.looseObject({ prompt_tokens: z.number() }),
});
export type Completion = z.infer<typeof completion>;
type Change = (completion: Completion) => void;

const form = z.strictObject({ form: z.string() });
const field = z.strictObject({ field: z.enum(["reasoning", "reasoning_content"]) });
const tokens = z.strictObject({ tokens: z.number() });

const HABITS = {
  /** Ids of calls in the server's own form; `{9}` are nine letters and digits. */
  "call-ids": (given: unknown): Change => {
    const pattern = form.parse(given).form;
    return ({ choices }) => {
      for (const each of callsOf(choices))
        each.id = pattern.replace(/\{(\d{1,2})\}/, (_, length: string) => lettersOf(each.id, Number(length)));
    };
  },
  /** What was thought, beside a reply with calls. */
  reasoning: (given: unknown): Change => {
    const name = field.parse(given).field;
    return ({ choices }) => {
      for (const { message } of choices) {
        const thought =
          message["reasoning_content"] ?? (message.tool_calls ? "I go on step by step." : undefined);
        delete message["reasoning_content"];
        if (thought !== undefined) message[name] = thought;
      }
    };
  },
  /** A signature that must come back with the first call. */
  signature:
    (): Change =>
    ({ choices }) => {
      const first = callsOf(choices)[0];
      if (first) first["extra_content"] = { google: { thought_signature: "c2lnbmVk" } };
    },
  "finish-stop":
    (): Change =>
    ({ choices }) => {
      for (const choice of choices) choice.finish_reason = "stop";
    },
  "content-empty":
    (): Change =>
    ({ choices }) => {
      for (const { message } of choices) message.content ??= "";
    },
  /** Calls as fenced JSON in the text. */
  "calls-as-text":
    (): Change =>
    ({ choices }) => {
      for (const choice of choices) {
        const { message } = choice;
        if (!message.tool_calls?.length) continue;
        const texts = message.tool_calls.map(({ function: { name, arguments: args } }) =>
          JSON.stringify({ name, arguments: JSON.parse(args) }),
        );
        message.content = texts.map((text) => `\`\`\`json\n${text}\n\`\`\``).join("\n");
        delete message.tool_calls;
        choice.finish_reason = "stop";
      }
    },
  /** Of a prompt that is too long the half is kept, and a general answer given. */
  "cuts-prompt": (given: unknown): Change => {
    const limit = tokens.parse(given).tokens;
    return ({ choices, usage }) => {
      if (usage.prompt_tokens <= limit) return;
      usage.prompt_tokens = limit / 2 + 2;
      for (const choice of choices) {
        choice.message = { role: "assistant", content: "Hello! How can I help you today?" };
        choice.finish_reason = "stop";
      }
    };
  },
} as const;
type HabitName = keyof typeof HABITS;
export const HABIT_NAMES = Object.keys(HABITS) as [HabitName, ...HabitName[]];

/** The text of a completion as a server with these habits sends it. */
export function dress(habits: readonly { habit: HabitName; with?: unknown }[], body: string): string {
  const parsed = completion.parse(JSON.parse(body));
  for (const { habit, with: given } of habits) HABITS[habit](given)(parsed);
  return JSON.stringify(parsed);
}

function callsOf(choices: Completion["choices"]) {
  return choices.flatMap(({ message }) => message.tool_calls ?? []);
}

/** The same for the same id. */
function lettersOf(id: string, length: number): string {
  return createHash("sha256").update(id).digest("hex").slice(0, length);
}
