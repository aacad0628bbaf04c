/** An OpenAI-compatible server that answers from a scenario: for rehearsals, tests and benchmarks. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { describeError } from "../../agents/base/errors.ts";
import { parseJson } from "../../agents/protocol/message.ts";
import { type Billed, type CallCounts, Chat, type ChatAnswer, type ChatOptions } from "./chat.ts";
import { type Fault, fault } from "./faults.ts";
import { dress } from "./habits.ts";
import { type Profile, type RefusedBy, refuse } from "./profile.ts";
import { wireRequest } from "./rules/wire-request.ts";
import { loadScenario, type Scenario } from "./scenario.ts";

export type Model = {
  /** Ends in /v1. */
  url: string;
  requests(): CallCounts;
  /** Its own account of what each role has used. */
  billed(): Billed;
  /** What the profile refused, in order. */
  refused: readonly RefusedBy[];
  arm(fault: Fault): void;
  /** Breaks off what is being answered. Idempotent. */
  close(): Promise<void>;
};

export type ModelOptions = Omit<ChatOptions, "scenario"> & {
  /** Checked, or the file that holds it. */
  scenario: Scenario | string;
  /** Refuses and answers as that server is reported to. */
  profile?: Profile | undefined;
  /** 0, the default, takes a free one. */
  port?: number;
  /** The default is 127.0.0.1. */
  host?: string;
};

/** Any bearer key is accepted. Throws AppError `bad_config` for a bad scenario; rejects when the port is taken. */
export async function startModel({
  port = 0,
  host = "127.0.0.1",
  profile,
  ...options
}: ModelOptions): Promise<Model> {
  const scenario = typeof options.scenario === "string" ? loadScenario(options.scenario) : options.scenario;
  const chat = new Chat({ ...options, scenario });
  const refused: RefusedBy[] = [];
  const server = createServer((request, response) => {
    handle({ chat, name: profile?.model ?? scenario.name, profile, refused }, request, response).catch(
      (error) => send(response, { kind: "error", status: 500, message: describeError(error) }),
    );
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}/v1`,
    requests: () => structuredClone(chat.counts),
    billed: () => structuredClone(chat.billed),
    refused,
    arm: (one) => chat.arm(one),
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The name by which it is asked, whatever it plays. */
const ANY_SCENARIO = "scripted";

type Served = { chat: Chat; name: string; profile: Profile | undefined; refused: RefusedBy[] };

async function handle(
  { chat, name, profile, refused }: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://model");
  switch (`${request.method} ${pathname}`) {
    case "POST /v1/chat/completions":
      return await complete({ chat, name, profile, refused }, parseJson(await text(request)), response);
    case "GET /v1/models":
      return sendJson(response, 200, {
        object: "list",
        data: [name, ANY_SCENARIO].map((id) => ({ id, object: "model", owned_by: "lab" })),
      });
    case "GET /calls":
      return sendJson(response, 200, chat.counts);
    case "POST /faults":
      return arm(chat, parseJson(await text(request)), response);
    default:
      return send(response, {
        kind: "error",
        status: 404,
        message: `${request.method} ${pathname}: not served`,
      });
  }
}

/** What a profile refuses never reaches the scripted model. */
async function complete(served: Served, body: unknown, response: ServerResponse): Promise<void> {
  const { chat, profile } = served;
  if (!profile) return send(response, await chat.complete(body));
  const refusal = refuse(profile, wireRequest.parse(body));
  if (refusal) {
    served.refused.push(refusal);
    return sendJson(response, refusal.status, refusal.body);
  }
  const answer = await chat.complete(body);
  const isWhole = answer.kind === "body" && answer.end === "whole" && answer.type === "application/json";
  return send(response, isWhole ? { ...answer, body: dress(profile.habits, answer.body) } : answer);
}

async function arm(chat: Chat, body: unknown, response: ServerResponse): Promise<void> {
  const parsed = fault.safeParse(body);
  if (!parsed.success) return send(response, { kind: "error", status: 400, message: parsed.error.message });
  chat.arm(parsed.data);
  sendJson(response, 200, parsed.data);
}

/** An answer that hangs is ended by the client, or by closing the server. */
async function send(response: ServerResponse, answer: ChatAnswer): Promise<void> {
  switch (answer.kind) {
    case "hang":
      return;
    case "error":
      if (answer.retryAfterS !== undefined) response.setHeader("retry-after", answer.retryAfterS);
      return sendJson(response, answer.status, {
        error: { message: answer.message, type: "scripted_model" },
      });
    case "body":
      return sendBody(response, answer);
    default:
      return answer satisfies never;
  }
}

async function sendBody(response: ServerResponse, answer: ChatAnswer & { kind: "body" }): Promise<void> {
  if (answer.delayMs > 0) await wait(answer.delayMs);
  response.writeHead(200, { "content-type": answer.type });
  if (answer.end === "whole") return void response.end(answer.body);
  const half = answer.body.slice(0, answer.body.length / 2);
  if (answer.end === "short") return void response.end(half);
  response.write(half, () => response.destroy());
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
