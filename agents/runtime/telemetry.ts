/**
 * Turns, model calls and tool calls as spans, with the names of OpenTelemetry's conventions for generative AI
 * (opentelemetry.io/docs/specs/semconv/gen-ai). Loaded only where a collector is set. Without being asked for it tells
 * nothing of what is said and done; with it, what has been redacted.
 */
import { randomBytes } from "node:crypto";
import type { Config } from "../base/config.ts";
import type { Role } from "../protocol/roles.ts";
import type { ModelEndpoint } from "../protocol/spending.ts";
import type { Logger } from "../redact/log.ts";
import { fromRedactedParts, type Redacted, redacted, sliceRedacted } from "../redact/redacted.ts";
import type { ToolCall, TurnEvent, TurnListener } from "./events.ts";
import { type Attributes, OtlpExporter, type Span } from "./otlp-exporter.ts";
import { ofModelCall, ofToolCall, ofTurn, ofUsage } from "./span-attributes.ts";
import { resultText } from "./tool-call.ts";

/** Of one text. */
const MAX_CHARS = 16_000;
/** Ends of a turn that are none of its work. */
const FAILED = ["failed", "cancelled", "dead", "exhausted"];

type Open = Omit<Span, "endMs">;
type Begun = Pick<Open, "name" | "kind" | "attributes">;
export type TelemetryOptions = { role: Role; endpoint: ModelEndpoint; config: Config; log: Logger };
export type Telemetry = { listener: TurnListener; close(): Promise<void> };

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { role, config, log } = options;
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT ?? "";
  const resource = { "service.name": redacted`ai-minilab`, "service.instance.id": redacted`${role}` };
  const exporter = new OtlpExporter({ endpoint, resource, log });
  const tracer = new TurnTracer(options, (span) => exporter.add(span));
  return { listener: (event) => tracer.hear(event), close: () => exporter.close() };
}

/** The spans of the turn at work: one for it, below it one a model call and one a tool call. */
export class TurnTracer {
  readonly #options: Pick<TelemetryOptions, "role" | "endpoint" | "config">;
  readonly #end: (span: Span) => void;
  #turn: Open | undefined;
  /** By `step`, or the id of a call. */
  readonly #open = new Map<string, Open>();

  constructor(options: Pick<TelemetryOptions, "role" | "endpoint" | "config">, end: (span: Span) => void) {
    this.#options = options;
    this.#end = end;
  }

  hear(event: TurnEvent): void {
    switch (event.kind) {
      case "turn_started":
        this.#begin(event);
        break;
      case "step_started":
        if (!this.#open.has("step")) this.#openBelow("step", this.#chat());
        break;
      case "model_replied":
        this.#close("step", { attributes: ofUsage(event.usage) });
        break;
      case "tool_started":
        this.#openBelow(event.call.id, this.#execute(event.call));
        break;
      case "tool_ended": {
        const { kind } = event.result;
        const result = this.#content(() => resultText(event.result));
        const error = kind === "ok" ? undefined : redacted`${kind}`;
        this.#close(event.call.id, { attributes: { "gen_ai.tool.call.result": result }, error });
        break;
      }
      case "turn_ended":
        this.#finish(event.status);
        break;
      default:
    }
  }

  #begin({ message }: TurnEvent & { kind: "turn_started" }): void {
    const { role, endpoint } = this.#options;
    this.#finish("cancelled"); // an earlier run of it, cut off
    this.#turn = {
      ...{ traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") },
      ...{ name: redacted`invoke_agent ${role}`, kind: "internal", startMs: Date.now() },
      attributes: ofTurn(role, endpoint, message),
    };
  }

  #chat(): Begun {
    const { endpoint } = this.#options;
    return { name: redacted`chat ${endpoint.model}`, kind: "client", attributes: ofModelCall(endpoint) };
  }

  #execute(call: ToolCall): Begun {
    const told = this.#content(() => fromRedactedParts(JSON.stringify(call.args)));
    const attributes = { ...ofToolCall(call), "gen_ai.tool.call.arguments": told };
    return { name: redacted`execute_tool ${sliceRedacted(call.tool, 0, 100)}`, kind: "internal", attributes };
  }

  /** Only where the operator has asked for it. */
  #content(text: () => Redacted): Redacted | undefined {
    if (this.#options.config.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT !== "true") return undefined;
    return sliceRedacted(text(), 0, MAX_CHARS);
  }

  #openBelow(key: string, span: Begun): void {
    if (!this.#turn) return;
    const { traceId, spanId: parentSpanId } = this.#turn;
    const spanId = randomBytes(8).toString("hex");
    this.#open.set(key, { ...span, traceId, parentSpanId, spanId, startMs: Date.now() });
  }

  #close(key: string, { attributes, error }: { attributes: Attributes; error?: Redacted | undefined }): void {
    const span = this.#open.get(key);
    this.#open.delete(key);
    if (!span) return;
    this.#end({ ...span, endMs: Date.now(), attributes: { ...span.attributes, ...attributes }, error });
  }

  #finish(status: (TurnEvent & { kind: "turn_ended" })["status"]): void {
    for (const key of [...this.#open.keys()])
      this.#close(key, { attributes: {}, error: redacted`${status}` });
    if (!this.#turn) return;
    const error = FAILED.includes(status) ? redacted`${status}` : undefined;
    const attributes = { ...this.#turn.attributes, "minilab.turn.status": redacted`${status}` };
    this.#end({ ...this.#turn, endMs: Date.now(), attributes, error });
    this.#turn = undefined;
  }
}
