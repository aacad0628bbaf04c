/** When a model call is tried again, and how long that waits. The only place of retries. */
import { setTimeout } from "node:timers/promises";
import { AppError, describeError } from "../base/errors.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";
import { brokenExchange, EndpointError } from "./model/endpoint-error.ts";
import { type Fate, fateOf, MAX_WAIT_MS, remedyFor } from "./model/fate.ts";

/** Of a kind of failure. A model may take minutes to load. */
const ATTEMPTS: Readonly<Record<Exclude<Fate, "refused" | "overflow">, number>> = {
  again: 8,
  loading: 60,
  unclear: 4,
  away: 5,
  slow: 2,
};
const MAX_ATTEMPTS = 8;
const LOADING_WAIT_FACTOR = 10;
/** Each leaves something out; a server that minds more than this minds everything. */
const MAX_MENDINGS = 8;

export type RetryOptions = {
  signal: AbortSignal;
  /** Told before each wait for another attempt; 0 ms when the request was changed instead. */
  onWait: (reason: Redacted, delayMs: number) => void;
  /** Told when the wait is over and it is asked again: a slow server takes minutes to answer. */
  onAgain?: () => void;
  /** For what the endpoint says. */
  redactor: Redactor;
  /** The machine's clock unless told. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
};

export type Endeavour<T> = {
  attempt(): Promise<T>;
  /** Changes what is asked so that the server may take it: says what, or undefined when there is nothing to change. */
  mend(error: EndpointError): string | undefined;
  backoffMs: number;
  baseUrl: string;
};

/**
 * What can pass is tried again: `retry-after` is honoured, else back-off with jitter. AppError `unavailable` when it
 * does not pass, `bad_config` when nothing but the operator can change it; at most 600 characters.
 */
export async function withRetries<T>(options: RetryOptions, endeavour: Endeavour<T>): Promise<T> {
  const tries = new Tries();
  for (let mendings = 0; ; ) {
    try {
      return await endeavour.attempt();
    } catch (thrown) {
      options.signal.throwIfAborted();
      if (thrown instanceof AppError) throw thrown;
      const error = toEndpointError(thrown);
      const mended = mendings < MAX_MENDINGS ? endeavour.mend(error) : undefined;
      if (mended !== undefined) {
        mendings++;
        await waitBefore(options, `${shortly(error)}; asked again ${mended}`, 0);
        continue;
      }
      const fate = fateOf(error.failure);
      if (fate === "refused" || fate === "overflow") throw refused(error, endeavour.baseUrl);
      if (tries.count(fate)) throw gaveUp(error, { tries: tries.total, baseUrl: endeavour.baseUrl });
      const delayMs = waitOf(error, { fate, tries: tries.total, backoffMs: endeavour.backoffMs });
      await waitBefore(options, shortly(error), delayMs);
    }
  }
}

async function waitBefore(
  { onWait, onAgain, redactor, signal, sleep = asleep }: RetryOptions,
  reason: string,
  delayMs: number,
): Promise<void> {
  onWait(redactor(reason), delayMs);
  if (delayMs > 0) await sleep(delayMs, signal);
  onAgain?.();
}

async function asleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal });
}

class Tries {
  readonly #counts = new Map<Fate, number>();
  total = 0;

  /** True when it was the last. */
  count(fate: keyof typeof ATTEMPTS): boolean {
    const count = (this.#counts.get(fate) ?? 0) + 1;
    this.#counts.set(fate, count);
    this.total++;
    const others = this.total - (this.#counts.get("loading") ?? 0);
    return count >= ATTEMPTS[fate] || others >= MAX_ATTEMPTS;
  }
}

function toEndpointError(thrown: unknown): EndpointError {
  return thrown instanceof EndpointError ? thrown : brokenExchange("unexpected", describeError(thrown));
}

function waitOf(
  { failure }: EndpointError,
  { fate, tries, backoffMs }: { fate: Fate; tries: number; backoffMs: number },
): number {
  if (failure.retryAfterMs !== undefined) return Math.min(failure.retryAfterMs, MAX_WAIT_MS);
  const most = fate === "loading" ? backoffMs * LOADING_WAIT_FACTOR : Number.POSITIVE_INFINITY;
  return jitter(Math.min(backoffMs * 2 ** Math.min(tries - 1, 6), most));
}

function jitter(ms: number): number {
  return Math.round(ms * (0.5 + Math.random() / 2));
}

function refused(error: EndpointError, baseUrl: string): AppError {
  const { status } = error.failure;
  const how = status === undefined ? "" : ` (HTTP ${status})`;
  return told("bad_config", { error, baseUrl }, `the model endpoint refused${how}`);
}

function gaveUp(error: EndpointError, { tries, baseUrl }: { tries: number; baseUrl: string }): AppError {
  const { status } = error.failure;
  const how = status === undefined ? "" : ` (HTTP ${status})`;
  return told("unavailable", { error, baseUrl }, `the model did not answer in ${tries} attempts${how}`);
}

function told(
  code: "bad_config" | "unavailable",
  { error, baseUrl }: { error: EndpointError; baseUrl: string },
  what: string,
): AppError {
  const remedy = remedyFor(error.failure, baseUrl);
  const text = `${what}: ${error.failure.words}${remedy && `. ${remedy}`}`;
  return new AppError(code, text.slice(0, 600), { cause: error });
}

/** For a line of the log: what happened, in less than it may take as an error. */
function shortly({ message }: EndpointError): string {
  return message.length > 160 ? `${message.slice(0, 157)}...` : message;
}
