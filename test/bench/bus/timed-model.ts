/** A model endpoint without latency that notes when a request arrives and when its answer leaves. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What the request says of itself; times in milliseconds of `performance.now()`. */
export type Asked = { role: string; from: string; arrivedMs: number };

export type TimedModel = {
  /** Ends in /v1. */
  url: string;
  /** The next request that `accepts`, counted from now. */
  next(accepts: (asked: Asked) => boolean): Promise<Asked>;
  close(): Promise<void>;
};

/** `answer` decides the text; `onAnswered` hears when it has been handed to the socket. */
export async function startTimedModel(options: {
  answer(asked: Asked): string;
  onAnswered(asked: Asked, leftMs: number): void;
}): Promise<TimedModel> {
  const bodies = new Map<string, string>();
  const waiting = new Set<(asked: Asked) => void>();
  const server = createServer(async (request, response) => {
    const arrivedMs = performance.now();
    if (request.method === "GET") return sendJson(response, get(request, bodies));
    const body = await text(request);
    const asked = { ...askedIn(body), arrivedMs };
    bodies.set(asked.role, body);
    for (const tell of waiting) tell(asked);
    sendJson(response, completion(options.answer(asked)));
    options.onAnswered(asked, performance.now());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    next: (accepts) =>
      new Promise((resolve) => {
        const tell = (asked: Asked) => {
          if (!accepts(asked)) return;
          waiting.delete(tell);
          resolve(asked);
        };
        waiting.add(tell);
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The list of models for who checks the endpoint; or the last request of a role, for who imitates it. */
function get(request: IncomingMessage, bodies: ReadonlyMap<string, string>): unknown {
  const role = /^\/v1\/last\/(\w+)$/.exec(request.url ?? "")?.[1];
  return role ? JSON.parse(bodies.get(role) ?? "null") : { object: "list", data: [] };
}

/** A role's page begins with its name; the last line of JSON in the last message is what it was asked last. */
function askedIn(body: string): Pick<Asked, "role" | "from"> {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  const role = /^You are (\w+)/.exec(messages[0]?.content ?? "")?.[1] ?? "";
  const { from } = JSON.parse(messages.at(-1)?.content.trimEnd().split("\n").at(-1) ?? "{}") as {
    from?: string;
  };
  return { role, from: from ?? "" };
}

function completion(content: string): unknown {
  const message = { role: "assistant", content };
  return {
    ...{ id: "completion", object: "chat.completion", created: 0, model: "bench" },
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}
