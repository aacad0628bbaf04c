/**
 * Sends spans to an OpenTelemetry collector: OTLP over HTTP as JSON, in batches, beside all else. Whoever hands one over
 * never waits; what the collector does not take in time is dropped, and that is logged once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "../base/errors.ts";
import type { Logger } from "../redact/log.ts";
import type { Redacted } from "../redact/redacted.ts";

/** Integers and texts; an absent one is not sent. */
export type Attributes = Readonly<Record<string, Redacted | number | undefined>>;

/** Ids in hex digits, 32 and 16; times in milliseconds since the epoch. `error` is a word of ours for what went wrong. */
export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: Redacted;
  kind: "internal" | "client";
  startMs: number;
  endMs: number;
  attributes: Attributes;
  error?: Redacted | undefined;
};

/** Spans that wait; those above are dropped. */
const MAX_WAITING = 2_048;
const BATCH_MS = 1_000;
const POST_MS = 5_000;
/** What is left at the end has this long. */
const LAST_MS = 500;
/** As the protocol numbers them. */
const KINDS = { internal: 1, client: 3 };
const ERROR = 2;

export type ExporterOptions = { endpoint: string; resource: Attributes; log: Logger };

export class OtlpExporter {
  readonly #options: ExporterOptions;
  readonly #url: string;
  readonly #timer: NodeJS.Timeout;
  #waiting: Span[] = [];
  #sending: Promise<void> = Promise.resolve();
  #isSending = false;
  #hasFailed = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#url = `${options.endpoint.replace(/\/$/, "")}/v1/traces`;
    this.#timer = setInterval(() => this.#send(), BATCH_MS).unref();
  }

  add(span: Span): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(span);
  }

  /** Resolves within half a second, whatever the collector does. Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const rest = this.#sending.then(() => this.#send());
    await Promise.race([rest.then(() => this.#sending), sleep(LAST_MS, undefined, { ref: false })]);
    this.#waiting = [];
  }

  #send(): void {
    if (this.#isSending || this.#waiting.length === 0) return;
    const spans = this.#waiting;
    this.#waiting = [];
    this.#isSending = true;
    this.#sending = this.#post(spans).finally(() => {
      this.#isSending = false;
    });
  }

  async #post(spans: readonly Span[]): Promise<void> {
    const { resource, log } = this.#options;
    try {
      const { status, body } = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(encode(spans, resource)),
        redirect: "error",
        signal: AbortSignal.timeout(POST_MS),
      });
      await body?.cancel();
      if (status >= 400) throw new Error(`status ${status}`);
    } catch (error) {
      if (!this.#hasFailed) log.warn({ reason: describeError(error) }, "spans are not taken");
      this.#hasFailed = true;
    }
  }
}

/** The protocol's JSON: ids in hex, numbers of 64 bits as texts. */
function encode(spans: readonly Span[], resource: Attributes): object {
  const scope = { name: "ai-minilab" };
  return {
    resourceSpans: [
      {
        resource: { attributes: encodeAll(resource) },
        scopeSpans: [{ scope, spans: spans.map(encodeSpan) }],
      },
    ],
  };
}

function encodeSpan({ kind, startMs, endMs, attributes, error, ...span }: Span): object {
  return {
    ...span,
    kind: KINDS[kind],
    startTimeUnixNano: `${Math.round(startMs)}000000`,
    endTimeUnixNano: `${Math.round(endMs)}000000`,
    attributes: encodeAll({ ...attributes, ...(error && { "error.type": error }) }),
    status: error ? { code: ERROR, message: error } : {},
  };
}

function encodeAll(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }];
  });
}
