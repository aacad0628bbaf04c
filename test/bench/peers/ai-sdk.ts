/** A program: the task through `generateText` of the Vercel AI SDK. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, isStepCount, tool } from "ai";
import { compete } from "./compete.ts";
import { instructions, lookup, lookupTool, MAX_STEPS, MODEL_NAME, taskText } from "./task.ts";

await compete(async ({ baseUrl, projectDir }) => {
  const provider = createOpenAICompatible({ name: "bench", baseURL: baseUrl, apiKey: "bench" });
  const system = instructions(projectDir);
  const { description, input: inputSchema } = lookupTool;
  const tools = { lookup: tool({ description, inputSchema, execute: async (args) => lookup(args) }) };
  return async (steps) => {
    const { text } = await generateText({
      model: provider.chatModel(MODEL_NAME),
      instructions: system,
      prompt: taskText(steps),
      tools,
      stopWhen: isStepCount(MAX_STEPS),
      maxRetries: 0,
    });
    return text;
  };
});
