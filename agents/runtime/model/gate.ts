/** What each request to the server goes through, and what is told of its end. */
import type { Usage } from "../../protocol/spending.ts";
import { EndpointError } from "./endpoint-error.ts";
import type { Rate } from "./rate-headers.ts";

/** Estimated, and the limit of the reply. */
export type RequestSize = { promptTokens: number; outputTokens: number };

export type RequestEnd =
  | { kind: "answered"; usage: Usage; rate: Rate | undefined }
  /** It has cost nothing. */
  | { kind: "refused"; status: number | undefined; retryAfterMs: number | undefined; rate: Rate | undefined }
  /** Cut off, or answered by what is no reply: it may have been paid. */
  | { kind: "unknown" };

export type Gate = {
  /** Resolves when it may be sent, with whom to tell how it ended. Rejects with the signal's reason. */
  pass(size: RequestSize, signal: AbortSignal): Promise<(end: RequestEnd) => Promise<void>>;
};

export type Sending<T> = {
  size: RequestSize;
  signal: AbortSignal;
  send(): Promise<T & { usage: Usage; rate: Rate | undefined }>;
};

/** As `send`, and nothing more without a gate. */
export async function sendThrough<T>(
  gate: Gate | undefined,
  { size, signal, send }: Sending<T>,
): ReturnType<Sending<T>["send"]> {
  if (!gate) return await send();
  const end = await gate.pass(size, signal);
  const answered = await send().catch(async (error: unknown) => {
    await end(endOf(error));
    throw error;
  });
  await end({ kind: "answered", usage: answered.usage, rate: answered.rate });
  return answered;
}

/** Nobody was reached. */
const UNSENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ERR_INVALID_URL",
]);

function endOf(error: unknown): RequestEnd {
  if (!(error instanceof EndpointError)) return { kind: "unknown" };
  const { status, cause = "", retryAfterMs, rate } = error.failure;
  const isRefused = status !== undefined || UNSENT.has(cause);
  return isRefused ? { kind: "refused", status, retryAfterMs, rate } : { kind: "unknown" };
}
