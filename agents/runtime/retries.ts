/** When a model call is tried again, and how long that waits. The only place of retries. */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, describeError } from "../base/errors.ts";
import type { Redactor } from "../redact/redact.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";

const MAX_ATTEMPTS = 8;
const RETRYABLE_STATUS = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

export type RetryOptions = {
  signal: AbortSignal;
  /** Told before each wait for another attempt. */
  onWait: (reason: Redacted, delayMs: number) => void;
  /** For what the endpoint says. */
  redactor: Redactor;
};

/** 429, 5xx, time-outs and cut connections are tried again; `retry-after` is honoured, else back-off with jitter. */
export async function withRetries<T>(
  ask: RetryOptions,
  backoffMs: number,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      ask.signal.throwIfAborted();
      const status = statusOf(error);
      if (status !== undefined && (!RETRYABLE_STATUS.has(status) || isOutOfQuota(error))) {
        throw new AppError(
          "bad_config",
          `the model endpoint refused (HTTP ${status}): ${describeError(error)}`,
          {
            cause: error,
          },
        );
      }
      if (tries === MAX_ATTEMPTS) {
        throw new AppError(
          "unavailable",
          `the model did not answer in ${tries} attempts: ${describeError(error)}`,
          {
            cause: error,
          },
        );
      }
      const delayMs = retryAfterMs(error) ?? jitter(backoffMs * 2 ** Math.min(tries - 1, 6));
      ask.onWait(
        status === undefined ? ask.redactor(describeError(error)) : redacted`HTTP ${status}`,
        delayMs,
      );
      await sleep(delayMs, undefined, { signal: ask.signal });
    }
  }
}

function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" ? status : undefined;
}

function isOutOfQuota(error: unknown): boolean {
  return (error as { code?: unknown }).code === "insufficient_quota";
}

/** Seconds or a date, by RFC 9110; never more than five minutes. */
function retryAfterMs(error: unknown): number | undefined {
  const headers = (error as { headers?: unknown } | null)?.headers;
  const value = headers instanceof Headers ? headers.get("retry-after") : null;
  if (!value) return undefined;
  const ms = /^[\d.]+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 300_000) : undefined;
}

function jitter(ms: number): number {
  return Math.round(ms * (0.5 + Math.random() / 2));
}
