/**
 * A program: an OpenAI-compatible endpoint without latency, in a process of its own so that its work is not
 * counted. It reads a request no further than it must: how many steps, and how many tool results so far.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { finalReply, lookupTool, MODEL_NAME } from "./task.ts";

const server = createServer(async (request, response) => {
  const answer = completion(await text(request));
  response.writeHead(200, { "content-type": "application/json" }).end(answer);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
process.once("disconnect", () => process.exit(0));

function completion(request: string): string {
  const steps = Number(/steps=(\d+)/.exec(request)?.[1]);
  const results = request.split('"role":"tool"').length - 1;
  return JSON.stringify({
    id: `completion-${results}`,
    object: "chat.completion",
    created: 1,
    model: MODEL_NAME,
    choices: [{ index: 0, ...(results + 1 < steps ? call(results + 1) : say(finalReply(steps))) }],
    usage: {
      prompt_tokens: 1_000,
      completion_tokens: 20,
      total_tokens: 1_020,
      prompt_tokens_details: { cached_tokens: 512 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
  });
}

function say(content: string) {
  return { message: { role: "assistant", content }, finish_reason: "stop" };
}

function call(number: number) {
  const request = { name: lookupTool.name, arguments: JSON.stringify({ number }) };
  const tool_calls = [{ id: `call_${number}`, type: "function", function: request }];
  return { message: { role: "assistant", content: null, tool_calls }, finish_reason: "tool_calls" };
}
