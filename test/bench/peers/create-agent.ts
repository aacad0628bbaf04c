/** A program: the task through `createAgent` of langchain. */
import { ChatOpenAI } from "@langchain/openai";
import { createAgent, tool } from "langchain";
import { compete } from "./compete.ts";
import { instructions, lookup, lookupTool, MAX_STEPS, MODEL_NAME, taskText } from "./task.ts";

await compete(async ({ baseUrl, projectDir }) => {
  const model = new ChatOpenAI({
    model: MODEL_NAME,
    apiKey: "bench",
    maxRetries: 0,
    useResponsesApi: false,
    configuration: { baseURL: baseUrl },
  });
  const { name, description, input: schema } = lookupTool;
  const tools = [tool(lookup, { name, description, schema })];
  const agent = createAgent({ model, tools, systemPrompt: instructions(projectDir) });
  return async (steps) => {
    const messages = [{ role: "user", content: taskText(steps) }];
    const end = await agent.invoke({ messages }, { recursionLimit: 3 * MAX_STEPS });
    return end.messages.at(-1)?.text ?? "";
  };
});
