/**
 * The API as pveproxy serves it: HTTPS with TLS 1.3, on a TCP port or a unix socket that the caller names. Any node
 * answers for all; requests run one at a time on the one state.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../../agents/base/errors.ts";
import { StatusError } from "../cluster/parameter-error.ts";
import { authenticate } from "./authenticate.ts";
import type { Certificates } from "./certificates.ts";
import { type Api, type ApiReply, isPublic, perform, refusal } from "./perform.ts";
import { fromForm, readBody } from "./request-body.ts";
import { sendStartPage } from "./start-page.ts";

export type Listen = { port: number; host?: string } | { socket: string };

export type ApiServer = {
  /** `https://host:port`, or the path of the socket. */
  url: string;
  close(): Promise<void>;
};

/** Listens at one more place; several may serve one Api. */
export async function serveApi(
  api: Api,
  tls: Pick<Certificates, "key" | "certificate">,
  listen: Listen,
): Promise<ApiServer> {
  const closing = new AbortController();
  const server = createServer(
    { key: tls.key, cert: tls.certificate, minVersion: "TLSv1.3" },
    (request, response) => {
      void serve(api, { request, response, signal: closing.signal });
    },
  );
  server.keepAliveTimeout = 5000;
  if ("socket" in listen) server.listen(listen.socket);
  else server.listen(listen.port, listen.host ?? "127.0.0.1");
  await once(server, "listening");
  const url =
    "socket" in listen
      ? listen.socket
      : `https://${listen.host ?? "127.0.0.1"}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: async () => {
      if (!server.listening) return;
      closing.abort();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

type Exchange = { request: IncomingMessage; response: ServerResponse; signal: AbortSignal };

async function serve(api: Api, { request, response, signal }: Exchange): Promise<void> {
  if (request.url === "/") return sendStartPage(api.store.state(), request, response);
  try {
    const asked = await readRequest(request);
    const fault = api.faults.strike(`${asked.method} /${asked.segments.join("/")}`);
    if (fault?.delay) await sleep(fault.delay, undefined, { signal });
    const isHit = fault?.status !== undefined || fault?.drop === true;
    if (asked.segments[2] === "storage") await api.settings.lookAtNodes();
    if (/^(?:agent|interfaces)$/.test(asked.segments[4] ?? "")) await api.settings.guests?.look();
    const real = isHit && fault.effect === "before" ? undefined : answer(api, request, asked);
    if (fault?.drop) return void request.socket.destroy();
    const planted =
      fault?.status === undefined
        ? undefined
        : { status: fault.status, data: null, message: fault.phrase ?? "planted" };
    send(response, planted ?? real ?? { status: 500, data: null });
  } catch (error) {
    if (signal.aborted || !response.writable) return;
    send(
      response,
      isAppError(error) ? refusal(error) : { status: 500, data: null, message: "internal error of the lab" },
    );
  }
}

type Asked = { method: string; segments: string[]; given: Record<string, string> };

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const [path = "", query = ""] = (request.url ?? "/").split("?", 2);
  const format = /^\/+api2\/+(?:json|extjs)(?=\/|$)/.exec(path)?.[0];
  const rest = format ? path.slice(format.length) : undefined;
  if (rest === undefined) throw new StatusError(404, `no such file '${path.slice(0, 200)}'`, "not_found");
  const segments = rest.split("/").filter(Boolean).map(decode);
  const body = ["POST", "PUT", "DELETE"].includes(request.method ?? "") ? await readBody(request) : {};
  return {
    method: request.method ?? "GET",
    segments,
    given: { ...fromForm(query), ...body },
  };
}

function answer(api: Api, request: IncomingMessage, asked: Asked): ApiReply {
  const { authorization, cookie, csrfpreventiontoken } = request.headers;
  const csrf = typeof csrfpreventiontoken === "string" ? csrfpreventiontoken : undefined;
  const shown = { authorization, cookie, csrf, isWrite: asked.method !== "GET" };
  const user = isPublic(api, asked) ? null : authenticate(api.store.state(), shown, api.store.now());
  return perform(api, { ...asked, user });
}

/** The first line of an error stands in the reason phrase, as Proxmox VE has it. */
function send(response: ServerResponse, reply: ApiReply): void {
  const { status, data, message, errors } = reply;
  const phrase = (message ?? "OK")
    .split("\n")[0]
    ?.replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 500);
  const body = {
    data,
    ...(message === undefined ? {} : { message: `${message.trimEnd()}\n` }),
    ...(errors ? { errors } : {}),
  };
  response.writeHead(status, status === 200 ? "OK" : phrase, {
    "content-type": "application/json;charset=UTF-8",
    "cache-control": "max-age=0",
    server: "pve-api-daemon/3.0",
  });
  response.end(JSON.stringify(body));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new StatusError(400, `malformed path: ${String(cause)}`, "bad_arguments");
  }
}
