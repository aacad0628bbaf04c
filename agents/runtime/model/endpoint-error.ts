/**
 * What an endpoint said instead of a reply: read wherever servers put it, said in words that people can use. Of a page
 * of HTML nothing but its title, and never more than some hundred characters.
 */
import { parseJson } from "../../protocol/message.ts";
import { listOf, objectOf, objectsIn } from "./json-shape.ts";
import { type Rate, rateIn } from "./rate-headers.ts";
import type { Fields } from "./spoken.ts";

/** With what is said around it an error stays below 600 characters. */
const MAX_WORDS = 300;
/** Of a body that is an error. */
const READ_CHARS = 20_000;

export type Failure = {
  /** Of HTTP, or the one that a body claims. Undefined when nothing came that has one. */
  status?: number | undefined;
  /** Why the connection or the body failed: `ECONNRESET`, `timeout`, `no_choice`, `not_json`. */
  cause?: string;
  code?: string;
  type?: string;
  /** What the server objects to, by the names of the API. */
  names: readonly string[];
  words: string;
  isHtml: boolean;
  retryAfterMs?: number | undefined;
  /** What its headers say of the limits. */
  rate?: Rate | undefined;
};

export class EndpointError extends Error {
  override readonly name = "EndpointError";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.status === undefined ? failure.words : `HTTP ${failure.status}: ${failure.words}`);
    this.failure = failure;
  }
}

export function brokenExchange(cause: string, words: string): EndpointError {
  return new EndpointError({ cause, words: plainWords(words), names: [], isHtml: false });
}

type Answered = { status: number; headers: Readonly<Record<string, unknown>>; text: string };

/** An answer that is no reply; of a status that says well, the one in its body counts. */
export function refusalIn({ status, headers, text }: Answered): EndpointError {
  const read = text.slice(0, READ_CHARS);
  const body = unwrapped(parseJson(text.length > READ_CHARS ? "" : read));
  const error = objectOf(body?.["error"]) ?? body ?? {};
  const isHtml = looksLikeHtml(read);
  const { code, type } = error;
  const isMoved = status >= 300 && status < 400 && typeof headers["location"] === "string";
  const raw = isMoved ? `it has moved to ${headers["location"]}` : wordsOf(body, read, isHtml);
  return new EndpointError({
    status: status >= 300 ? status : claimedStatus(error, body),
    ...(isScalar(code) && { code: String(code).slice(0, 80) }),
    ...(typeof type === "string" && { type: type.slice(0, 80) }),
    names: namesIn(error, body ?? {}),
    words: plainWords(raw) || (isHtml ? "a page of HTML without a title" : "no words"),
    isHtml,
    retryAfterMs: waitIn(headers, error, raw),
    rate: rateIn(headers),
  });
}

function wordsOf(body: Fields | undefined, read: string, isHtml: boolean): string {
  if (body) return wordsIn(body);
  return isHtml ? titleOf(read) : read;
}

/** Some send a list with the error as its one member. */
function unwrapped(body: unknown): Fields | undefined {
  return objectOf(Array.isArray(body) ? body[0] : body);
}

function claimedStatus(error: Fields, body: Fields | undefined): number | undefined {
  const claims = [error["code"], error["status"], error["status_code"], body?.["code"], body?.["status"]];
  return claims.map(Number).find((status) => Number.isInteger(status) && status >= 400 && status < 600);
}

/** The words nearest to the cause: gateways put those of the provider behind their own. */
function wordsIn(body: Fields): string {
  const { error } = body;
  const inner = objectOf(error) ?? {};
  const metadata = objectOf(inner["metadata"]) ?? {};
  const candidates = [metadata["raw"], inner["message"], inner["detail"], error, body["message"]];
  const others = [
    body["detail"],
    body["msg"],
    body["error_msg"],
    body["errors"],
    inner["type"],
    inner["code"],
  ];
  for (const candidate of [...candidates, ...others]) {
    const words = textOf(candidate);
    if (words) return words;
  }
  return JSON.stringify(body).slice(0, MAX_WORDS);
}

function textOf(value: unknown, depth = 0): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return textInJson(value, depth);
  if (depth > 3 || typeof value !== "object" || value === null) return "";
  if (Array.isArray(value))
    return value
      .slice(0, 3)
      .flatMap((one) => textOf(one, depth + 1) || [])
      .join("; ");
  const { message, msg, detail, error, loc } = value as Fields;
  const words = [message, msg, detail, error].map((one) => textOf(one, depth + 1)).find(Boolean) ?? "";
  return Array.isArray(loc) ? `${loc.join(".")}: ${words}` : words;
}

/** A provider's own error, as text within the gateway's. */
function textInJson(text: string, depth: number): string {
  const inner = depth < 3 && text.startsWith("{") ? parseJson(text) : undefined;
  const words = inner === undefined ? "" : textOf(inner, depth + 1);
  return words || text.trim();
}

/** `param` of OpenAI, `loc` of those who check with pydantic; `body.` and places in lists say nothing more. */
function namesIn(error: Fields, body: Fields): string[] {
  const details = [error, body].flatMap(({ detail, message }) => [
    ...listOf(detail),
    ...listOf(objectOf(message)?.["detail"]),
  ]);
  const places = details.flatMap((one) => listOf(objectOf(one)?.["loc"]).slice(-1));
  const params = [error["param"], ...places].filter((name): name is string => typeof name === "string");
  return params.map((name) => name.slice(0, 200).split(".").at(-1) ?? "").filter(Boolean);
}

/** Milliseconds that a server asks to wait: RFC 9110's header, the one of OpenAI, or in its words. */
function waitIn(headers: Answered["headers"], error: Fields, words: string): number | undefined {
  const { "retry-after": after, "retry-after-ms": ms } = headers;
  if (typeof ms === "string" && Number(ms) >= 0) return Number(ms);
  if (typeof after === "string") return secondsOrDate(after);
  const delays = objectsIn(error["details"]).map((detail) => detail["retryDelay"]);
  const delay = delays.find((one): one is string => typeof one === "string");
  const said = /\b(?:try again|retry) (?:in|after) ([\dhms. ]{1,30})/i.exec(words.slice(0, 2_000))?.[1];
  return durationMs(delay ?? said ?? "") ?? resetIn(error);
}

function secondsOrDate(text: string): number | undefined {
  const ms = /^[\d.]+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}

/** `7h12m5.5s`, `34s`. */
function durationMs(text: string): number | undefined {
  const factors: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?) ?(ms|h|m|s)/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (factors[unit] ?? 0), 0);
}

/** OpenRouter: the time of the next window, in milliseconds of the epoch. */
function resetIn(error: Fields): number | undefined {
  const headers = objectOf(objectOf(error["metadata"])?.["headers"]);
  const reset = Number(headers?.["X-RateLimit-Reset"]);
  return reset > 0 ? Math.max(reset - Date.now(), 0) : undefined;
}

export function looksLikeHtml(text: string): boolean {
  return /^\s{0,200}<(?:!doctype|html|head|body|\?xml)/i.test(text.slice(0, 300));
}

function titleOf(html: string): string {
  const start = html.search(/<title/i);
  const text = start < 0 ? "" : html.slice(html.indexOf(">", start) + 1);
  const title = text.slice(0, Math.max(text.indexOf("<"), 0)).trim();
  return title ? `a page of HTML: ${title}` : "";
}

/** One line, no markup, no more than fits. */
export function plainWords(text: string): string {
  const line = text
    .slice(0, READ_CHARS)
    .replace(/<[a-z!/][^<>]{0,200}>/gi, " ")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS - 3)}...` : line;
}

function isScalar(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
