/** The scripted model of the crash runs, over real HTTP: it answers by the conversation alone and keeps what it was told. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { unjoined } from "../../../agents/testing/model-server.ts";
import { wholeCompletion } from "../../../lab/model/completion.ts";
import { type Call, nextCalls, outcomeOf, type Task, type Told } from "./tasks.ts";

type ToolCall = { id: string; function: { name: string; arguments: string } };
type Said = { role: string; content: string; tool_calls?: ToolCall[]; tool_call_id?: string };
type Request = { model: string; messages: Said[] };

export type ScriptedModel = AsyncDisposable & {
  /** Ends in /v1. */
  url: string;
  /** Every result that the model was told about a task; a frozen agent that asks late has fewer of them. */
  told(taskId: string): readonly Told[];
  /** Requests about a task so far. */
  requests(taskId: string): number;
};

export async function startModel(): Promise<ScriptedModel> {
  const longest = new Map<string, Told[]>();
  const requests = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as Request;
    const task = taskIn(body.messages);
    const told = toldIn(body.messages);
    requests.set(task.id, (requests.get(task.id) ?? 0) + 1);
    if (told.length >= (longest.get(task.id)?.length ?? 0)) longest.set(task.id, told);
    await delay(task.slowMs);
    const reply = replyOf(nextCalls(task, told), told);
    const usage = {
      ...{ prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(wholeCompletion({ ...body, tools: [] } as never, reply, usage));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    told: (taskId) => longest.get(taskId) ?? [],
    requests: (taskId) => requests.get(taskId) ?? 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The task is the text of the message that the turn is about. */
function taskIn(messages: readonly Said[]): Task {
  const asked = unjoined(messages).findLast(({ role }) => role === "user");
  return JSON.parse(JSON.parse(asked?.content ?? "{}").text) as Task;
}

/** Results of the turn at work in order, each with the call that it belongs to. */
function toldIn(all: readonly Said[]): Told[] {
  const messages = all.slice(all.findLastIndex(({ role }) => role === "user") + 1);
  const calls = new Map(messages.flatMap((said) => said.tool_calls ?? []).map((call) => [call.id, call]));
  return messages.flatMap(({ role, tool_call_id = "", content }) => {
    const call = role === "tool" ? calls.get(tool_call_id)?.function : undefined;
    return call ? [{ tool: call.name, args: JSON.parse(call.arguments), text: content }] : [];
  });
}

function replyOf(calls: readonly Call[], told: readonly Told[]) {
  return {
    say: calls.length === 0 ? `The calls ended as: ${told.map(outcomeOf).join(", ")}.` : "",
    think: "",
    calls: calls.map(({ tool, args }, index) => ({
      ...{ id: `call_${index}`, name: tool, arguments: JSON.stringify(args) },
    })),
  };
}
