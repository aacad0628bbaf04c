/** An OpenAI-compatible endpoint over real HTTP whose answers a test decides, request by request. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type ModelAnswer =
  | {
      text?: string;
      calls?: { tool: string; args: unknown }[];
      /** Why the reply ended, when it did not by itself. */
      ended?: string;
      /** Further fields of the message. */
      fields?: object;
    }
  /** Arguments as the model wrote them, valid or not. */
  | { rawCall: { tool: string; args: string } }
  | { status: number; headers?: Record<string, string> }
  | { fault: "hang" | "stall" | "cut" | "garbage" };

export type ModelRequest = {
  model: string;
  messages: { role: string; content: string; tool_call_id?: string; tool_calls?: unknown[] }[];
  tools?: { function: { name: string; parameters: Record<string, unknown> } }[];
  [parameter: string]: unknown;
};

/** As they were before neighbours of one role were joined: each line of a user is a message of its own. */
export function unjoined<Sent extends { role: string; content: string | null }>(
  messages: readonly Sent[],
): Sent[] {
  return messages.flatMap((message) =>
    message.role === "user"
      ? (message.content ?? "").split("\n").map((content) => ({ ...message, content }))
      : [message],
  );
}

export type ModelServer = { url: string; requests: ModelRequest[]; close(): Promise<void> };

/** `answer` gets the request and its number, counted from 0. */
export async function startModelServer(
  answer: (request: ModelRequest, index: number) => ModelAnswer | Promise<ModelAnswer>,
): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return void response.end('{"data":[]}'); // is it there?
    const body = JSON.parse(await textOf(request)) as ModelRequest;
    requests.push(body);
    respond(response, await answer(body, requests.length - 1), body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function respond(response: ServerResponse, answer: ModelAnswer, request: ModelRequest): void {
  if ("fault" in answer) {
    if (answer.fault === "cut") response.destroy();
    if (answer.fault === "garbage")
      response.writeHead(200, { "content-type": "application/json" }).end('{"choices": [');
    if (answer.fault === "stall")
      response.writeHead(200, { "content-type": "application/json" }).write('{"choices": [');
    return; // "hang" never answers, "stall" never ends
  }
  if ("status" in answer) {
    const headers = { "content-type": "application/json", ...answer.headers };
    response
      .writeHead(answer.status, headers)
      .end(JSON.stringify({ error: { message: "refused for the test" } }));
    return;
  }
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify(completion(answer, request)));
}

function completion(
  answer: Extract<ModelAnswer, { text?: string } | { rawCall: unknown }>,
  request: ModelRequest,
) {
  const asked = "rawCall" in answer ? [answer.rawCall] : (answer.calls ?? []);
  const calls = asked.map(({ tool, args }, index) => ({
    id: `call_${index}`,
    type: "function",
    function: { name: tool, arguments: typeof args === "string" ? args : JSON.stringify(args) },
  }));
  const { ended, fields } = "rawCall" in answer ? {} : answer;
  const content = "text" in answer ? (answer.text ?? null) : null;
  return {
    id: "completion",
    object: "chat.completion",
    created: 0,
    model: request.model,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content, ...(calls.length > 0 && { tool_calls: calls }), ...fields },
        finish_reason: ended ?? (calls.length > 0 ? "tool_calls" : "stop"),
      },
    ],
    usage: {
      prompt_tokens: 100,
      completion_tokens: 10,
      total_tokens: 110,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 4 },
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
