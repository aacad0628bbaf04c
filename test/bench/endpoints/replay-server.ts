/** A server that answers as the case says, over real HTTP, and keeps what it was asked. Knows nothing of clients. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { parseJson } from "../../../agents/protocol/message.ts";
import { requestRule } from "../../../lab/model/request-rules.ts";
import { type WireRequest, wireRequest } from "../../../lab/model/rules/wire-request.ts";
import type { Answer, EndpointCase } from "./case.ts";

/** What a well server says when nothing else is left to say. */
export const PLAIN = "Looked at it: two files.";

export type Asked = { path: string; body: WireRequest; atMs: number; refused: string | undefined };

export type Replay = {
  url: string;
  asked: Asked[];
  /** From now on it answers plainly, but goes on to refuse what it refuses. */
  recover(): void;
  close(): Promise<void>;
};

/** `isGone` is asked before each answer: whether who asked is no longer there to hear it. */
export async function startReplay(
  given: EndpointCase,
  isGone: (request: number) => Promise<boolean>,
): Promise<Replay> {
  const asked: Asked[] = [];
  const script = new Script(given);
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    if (request.method === "GET") return respond(response, models(given));
    const body = wireRequest.parse(parseJson(await text(request as IncomingMessage)) ?? {});
    const refused = refusalOf(given, path, body);
    asked.push({ path, body, atMs: performance.now(), refused });
    if (await isGone(asked.length)) return;
    const answer = refused === undefined ? script.next(path) : refusalAnswer(given, refused);
    await wait(answer.delayMs);
    respond(response, answer);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${given.base}`,
    asked,
    recover: () => script.recover(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

class Script {
  readonly #given: EndpointCase;
  #at = 0;
  #isWell = false;

  constructor(given: EndpointCase) {
    this.#given = given;
  }

  /** The next response, unless it is of the other API. */
  next(path: string): Answer {
    const { responses, afterwards } = this.#given;
    const isResponses = path.endsWith("/responses");
    const found = responses[this.#at++] ?? (afterwards === "repeat" ? responses.at(-1) : undefined);
    const other = isResponses ? "chat.completion" : "response";
    return this.#isWell || !found || objectOf(found) === other ? plain(isResponses) : found;
  }

  recover(): void {
    this.#isWell = true;
  }
}

function objectOf({ json }: Answer): unknown {
  return (json as { object?: unknown } | null | undefined)?.object;
}

/** Only the two paths that such servers have are served. */
function refusalOf(given: EndpointCase, path: string, body: WireRequest): string | undefined {
  const paths = given.paths ?? ["/chat/completions", "/responses"].map((end) => bareBase(given) + end);
  if (!paths.includes(path)) return `no path ${path}`;
  if (!given.rule || path.endsWith("/responses")) return undefined;
  return requestRule(given.rule.name, given.rule.with)(body)?.what;
}

function bareBase({ base }: EndpointCase): string {
  return base.endsWith("/") ? base.slice(0, -1) : base;
}

function refusalAnswer({ refusal }: EndpointCase, what: string): Answer {
  const error = { message: `refused: ${what}`, type: "invalid_request_error", param: null, code: null };
  return refusal ?? { status: 400, headers: {}, json: { error }, delayMs: 0 };
}

function models({ settings }: EndpointCase): Answer {
  const data = [{ id: settings["LLM_MODEL"] ?? "m", object: "model" }];
  return { status: 200, headers: {}, json: { object: "list", data }, delayMs: 0 };
}

function plain(asResponse: boolean): Answer {
  const message = { role: "assistant", content: PLAIN };
  const content = [{ type: "output_text", text: PLAIN, annotations: [] }];
  const json = asResponse
    ? {
        ...{ id: "resp_9", object: "response", created_at: 1, model: "m", status: "completed", error: null },
        incomplete_details: null,
        output: [{ type: "message", id: "msg_9", role: "assistant", status: "completed", content }],
        usage: { input_tokens: 20, output_tokens: 5, total_tokens: 25 },
      }
    : {
        ...{ id: "cmpl-9", object: "chat.completion", created: 1, model: "m" },
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
      };
  return { status: 200, headers: {}, json, delayMs: 0 };
}

function respond(response: ServerResponse, { status, headers, body, json }: Answer): void {
  const after = headers["retry-after"];
  const seconds = after?.startsWith("date +") ? Number(after.slice("date +".length)) : undefined;
  const date = seconds && { "retry-after": new Date(Date.now() + seconds * 1000).toUTCString() };
  response.writeHead(status, { "content-type": "application/json", ...headers, ...date });
  response.end(body ?? JSON.stringify(json));
}
