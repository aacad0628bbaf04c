/** A program: the task in a bare loop over the `openai` package. */
import OpenAI from "openai";
import { z } from "zod";
import { compete } from "./compete.ts";
import { instructions, lookup, lookupTool, MAX_STEPS, MODEL_NAME, taskText } from "./task.ts";

await compete(async ({ baseUrl, projectDir }) => {
  const client = new OpenAI({ apiKey: "bench", baseURL: baseUrl, maxRetries: 0 });
  const system = instructions(projectDir);
  const { name, description, input } = lookupTool;
  const { $schema: _, ...parameters } = z.toJSONSchema(input);
  const tools = [{ type: "function" as const, function: { name, description, parameters } }];
  return async (steps) => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: "system", content: system },
      { role: "user", content: taskText(steps) },
    ];
    for (let step = 0; step < MAX_STEPS; step++) {
      const { choices } = await client.chat.completions.create({ model: MODEL_NAME, messages, tools });
      const message = choices[0]?.message;
      if (!message?.tool_calls) return message?.content ?? "";
      messages.push(message, ...message.tool_calls.map(answer));
    }
    return "";
  };
});

function answer(call: OpenAI.ChatCompletionMessageToolCall): OpenAI.ChatCompletionToolMessageParam {
  if (call.type !== "function") throw new Error(`no tool of type ${call.type}`);
  const args = lookupTool.input.parse(JSON.parse(call.function.arguments));
  return { role: "tool", tool_call_id: call.id, content: lookup(args) };
}
