/** What is to be done about a failure of the endpoint: tried again, mended, or told to the operator with the remedy. */
import type { Failure } from "./endpoint-error.ts";

/**
 * `again` can pass; `loading` is a server that is not ready yet; `unclear` is an answer that is none; `away` is an
 * address where nobody listens; `slow` is a reply that did not come in time; `overflow` is a prompt that is too long.
 */
export type Fate = "again" | "loading" | "unclear" | "away" | "slow" | "overflow" | "refused";

/** Who has to wait longer than this is told to come back. */
export const MAX_WAIT_MS = 300_000;

const WRONG_ADDRESS = new Set(["ENOTFOUND", "ERR_INVALID_URL", "EPROTO", "ERR_INVALID_PROTOCOL"]);
const CERTIFICATE = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/;
const NOBODY = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);
const NO_REPLY = new Set(["no_choice", "not_json", "too_long", "unexpected"]);
const PASSING = new Set([408, 409, 425, 429]);

const OVERFLOW =
  /context.?(?:length|window|size|limit)|maximum context|context_length|exceed_context|prompt is too long|input is too long|prompt too long|too many input tokens|input token count|input tokens? exceed|reduce the length|max_prompt_tokens/i;
const ACCOUNT =
  /insufficient.?(?:quota|balance|credit|funds)|billing|out of credits?|(?:no|more|not enough) credits?|no quota|exceeded your current quota|payment|arrears|recharge/i;
const PER_DAY = /per.?day|daily|\b(?:RPD|TPD)\b/i;
const BUSY = /rate.?limit|too many|overload|busy|temporar|try again|capacity|unavailable|time.?out/i;
const WRONG_REQUEST =
  /unexpected endpoint|invalid|not found|unknown|unsupported|unauthori[sz]ed|api.?key|forbidden|denied/i;
/** The model wrote a call that its server could not read: the request was good. */
const BAD_CALL = /tool_use_failed|(?:parsing|parse|reading) (?:the )?tool.?call|malformed (?:function|tool)/i;

export function fateOf(failure: Failure): Fate {
  const { status, cause } = failure;
  const said = `${failure.code ?? ""} ${failure.type ?? ""} ${failure.words}`;
  if (cause !== undefined) return fateOfConnection(cause);
  if (failure.isHtml && !canPass(status)) return "refused";
  if (status !== 429 && OVERFLOW.test(said)) return "overflow";
  if (status === 429 || status === undefined) return fateOfLimit(failure, said);
  if (status === 402 || (status < 500 && /insufficient_quota/.test(said))) return "refused";
  if (status === 503 && /load/i.test(said)) return "loading";
  if (status === 400 && BAD_CALL.test(said)) return "unclear";
  return canPass(status) && !isTooLong(failure) ? "again" : "refused";
}

function fateOfConnection(cause: string): Fate {
  if (cause === "timeout") return "slow";
  if (WRONG_ADDRESS.has(cause) || CERTIFICATE.test(cause)) return "refused";
  if (NOBODY.has(cause) || isNoHttp(cause)) return "away";
  return NO_REPLY.has(cause) ? "unclear" : "again";
}

/** What answers there speaks another protocol, such as TLS. */
function isNoHttp(cause: string): boolean {
  return cause.startsWith("HPE_");
}

/** A minute's limit passes; a day's, and an empty account, do not. */
function fateOfLimit(failure: Failure, said: string): Fate {
  const { retryAfterMs, status } = failure;
  if (isTooLong(failure) || /insufficient_quota|request (?:is )?too large/i.test(said)) return "refused";
  if (retryAfterMs === undefined && (ACCOUNT.test(said) || PER_DAY.test(said))) return "refused";
  if (status === 429 || BUSY.test(said)) return "again";
  return WRONG_REQUEST.test(said) ? "refused" : "unclear";
}

function isTooLong({ retryAfterMs = 0 }: Failure): boolean {
  return retryAfterMs > MAX_WAIT_MS;
}

function canPass(status: number | undefined): boolean {
  return status !== undefined && (status >= 500 || PASSING.has(status));
}

/** Which setting, or whose account, is to be changed; "" when nobody knows. At most 150 characters. */
export function remedyFor(failure: Failure, baseUrl: string): string {
  const { status, cause = "", words, isHtml, code = "", type = "" } = failure;
  if (cause === "timeout") return "LLM_TIMEOUT_S is too short for this model, or the server hangs";
  if (CERTIFICATE.test(cause))
    return "The certificate of OPENAI_API_BASE is not trusted (NODE_EXTRA_CA_CERTS)";
  if (WRONG_ADDRESS.has(cause) || NOBODY.has(cause) || isNoHttp(cause))
    return "Is OPENAI_API_BASE right, and does the server run?";
  if (fateOf(failure) === "loading") return "The server still loads its model: wait until it is ready";
  if (status !== undefined && status >= 500) return "The server, or the gateway before it, is in trouble";
  if (status !== undefined && status < 400) return "OPENAI_API_BASE must be the address that it has moved to";
  if (isHtml || /unexpected endpoint/i.test(words) || status === 405)
    return `This is no model endpoint: OPENAI_API_BASE must be the address that ends in /v1${endsInV1(baseUrl) ? " of a compatible server" : ""}`;
  if (fateOf(failure) === "overflow")
    return "The conversation is longer than the model's context: a model or server with more, or a smaller LLM_MAX_OUTPUT_TOKENS";
  if (isTooLong(failure)) return `It asks to wait ${minutes(failure.retryAfterMs)}`;
  if (status === 401 || status === 403) return "Check OPENAI_API_KEY and what it is allowed";
  const said = `${code} ${type} ${words}`;
  if (status === 402 || ((status ?? 429) === 429 && ACCOUNT.test(said)))
    return "The provider's account has no credit or quota left";
  if (status === 404 && !/model/i.test(words))
    return endsInV1(baseUrl)
      ? "Is OPENAI_API_BASE the address of the API (it ends in /v1), and LLM_MODEL a model of it?"
      : "OPENAI_API_BASE must be the address that ends in /v1";
  if (status === 404) return "Check LLM_MODEL: the server knows no such model";
  if (/reasoning/i.test(`${failure.names.join(" ")} ${words}`))
    return "Set LLM_REASONING_EFFORT to a value that it takes, or LLM_API=responses";
  return "";
}

function minutes(ms = 0): string {
  return ms >= 7_200_000 ? `${Math.round(ms / 3_600_000)} hours` : `${Math.round(ms / 60_000)} minutes`;
}

function endsInV1(baseUrl: string): boolean {
  return /\/(?:v\d+(?:beta)?|openai)\/?$/.test(new URL(baseUrl).pathname);
}
