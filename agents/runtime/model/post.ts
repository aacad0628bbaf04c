/**
 * One request to an endpoint, and all of its answer. Over node:http because a server on a slow machine may take longer
 * than the five minutes after which fetch gives up: the only time limit is the caller's.
 */
import { once } from "node:events";
import { type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { brokenExchange, type EndpointError } from "./endpoint-error.ts";

export type Endpoint = { baseUrl: string; apiKey: string | undefined };

export type Answer = { status: number; headers: IncomingMessage["headers"]; text: string };

export type PostOptions = { signal: AbortSignal; timeoutMs: number; maxBytes: number };

/** Rejects with an EndpointError (`timeout`, `too_long`, the code of a connection), or with the signal's reason. */
export async function post(
  endpoint: Endpoint,
  { path, body }: { path: string; body: string },
  options: PostOptions,
): Promise<Answer> {
  return await ask(endpoint, { method: "POST", path, body }, options);
}

/** As `post`. */
export async function get(endpoint: Endpoint, path: string, options: PostOptions): Promise<Answer> {
  return await ask(endpoint, { method: "GET", path, body: "" }, options);
}

type Asked = { method: "GET" | "POST"; path: string; body: string };

async function ask(
  { baseUrl, apiKey }: Endpoint,
  { method, path, body }: Asked,
  options: PostOptions,
): Promise<Answer> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, limit]);
  const url = urlOf(baseUrl, path);
  const headers = {
    ...(body && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    accept: "application/json",
    authorization: `Bearer ${apiKey ?? "none"}`,
    ...(url.hostname.endsWith(".azure.com") && { "api-key": apiKey ?? "none" }),
  };
  const send = () => exchange(url, { method, headers, signal, body, maxBytes: options.maxBytes });
  try {
    // a server may close a connection that was kept open at the moment of its use
    return await send().catch((error: unknown) => (isStale(error) ? send() : Promise.reject(error)));
  } catch (error) {
    options.signal.throwIfAborted();
    throw limit.aborted
      ? brokenExchange("timeout", `no answer within ${options.timeoutMs / 1_000} s`)
      : toEndpointError(error);
  }
}

/** Of an address that ends in a slash, or in the path of the API, as people copy it. */
export function urlOf(baseUrl: string, path: string): URL {
  const url = new URL(baseUrl);
  const base = url.pathname.replace(/\/(?:chat\/completions|responses)\/?$/, "");
  url.pathname = `${base.endsWith("/") ? base.slice(0, -1) : base}${path}`;
  return url;
}

type Sending = {
  method: "GET" | "POST";
  headers: Record<string, string | number>;
  signal: AbortSignal;
  body: string;
  maxBytes: number;
};

async function exchange(url: URL, { method, headers, signal, body, maxBytes }: Sending): Promise<Answer> {
  const open = url.protocol === "https:" ? overHttps : overHttp;
  const request = open(url, { method, headers, signal });
  let hasAnswer = false;
  request.on("error", (error) => Object.assign(error, { isStale: request.reusedSocket && !hasAnswer }));
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  hasAnswer = true;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: await textOf(response, maxBytes),
  };
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw brokenExchange("too_long", `the answer is longer than ${maxBytes / 1_000_000} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isStale(error: unknown): boolean {
  const { isStale: stale, code } = error as { isStale?: boolean; code?: string };
  return stale === true && (code === "ECONNRESET" || code === "EPIPE");
}

function toEndpointError(error: unknown): EndpointError {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === "EndpointError") return error as EndpointError;
  return brokenExchange(code ?? "unexpected", message || code || "the connection failed");
}
