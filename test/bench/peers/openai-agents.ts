/** A program: the task through `run` of @openai/agents, tracing off. */
import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { compete } from "./compete.ts";
import { instructions, lookup, lookupTool, MAX_STEPS, MODEL_NAME, taskText } from "./task.ts";

await compete(async ({ baseUrl, projectDir }) => {
  setTracingDisabled(true);
  const client = new OpenAI({ apiKey: "bench", baseURL: baseUrl, maxRetries: 0 });
  const { name, description, input: parameters } = lookupTool;
  const agent = new Agent({
    name: "bench",
    instructions: instructions(projectDir),
    model: new OpenAIChatCompletionsModel(client as never, MODEL_NAME),
    tools: [tool({ name, description, parameters, execute: lookup })],
  });
  return async (steps) => {
    const { finalOutput } = await run(agent, taskText(steps), { maxTurns: MAX_STEPS });
    return finalOutput ?? "";
  };
});
