/** Who else listens to a turn: the channel, which sees thoughts, and the process's own log. */

import type { Bus } from "../bus/bus.ts";
import type { Role } from "../protocol/roles.ts";
import type { Logger } from "../redact/log.ts";
import { redacted } from "../redact/redacted.ts";
import type { TurnListener } from "./events.ts";

/** Thoughts are shown in the channel as `<Role>::think`; nobody remembers or acts on them. */
export function thinkAloud(bus: Bus, role: Role): TurnListener {
  return (event) => {
    if (event.kind !== "thought") return;
    bus.show({ kind: "thought", role, content: event.text, timestamp: new Date().toISOString() });
  };
}

/** What may or may not have happened: no model alone decides what to do about it. */
export function tellUnknown(bus: Bus, role: Role): TurnListener {
  return (event) => {
    if (event.kind !== "tool_ended" || event.result.kind !== "unknown") return;
    const { tool, target } = event.call;
    const content = redacted`UNKNOWN: inspect before you repeat. Whether ${tool} on ${target} took effect is not known.`;
    bus.show({ kind: "notice", source: role, content, timestamp: new Date().toISOString() });
  };
}

/** What was said stays out of it: texts and arguments are in the channel and in the execution log. */
export function logTurn(log: Logger): TurnListener {
  return (event) => {
    switch (event.kind) {
      case "turn_started":
        return log.info({ message: event.message.id, from: event.message.sender }, "turn started");
      case "model_replied":
        return log.info(
          { step: event.step, usage: event.usage, ms: Math.round(event.durationMs) },
          "model replied",
        );
      case "model_waiting":
        return log.warn({ reason: event.reason, delayMs: event.delayMs }, "waiting for the model");
      case "budget_waiting":
        return log.info({ reason: event.reason }, "waiting for the operator");
      case "tool_ended": {
        const { call, result, durationMs } = event;
        return log.info(
          { call: call.id, tool: call.tool, kind: result.kind, ms: Math.round(durationMs) },
          "tool ended",
        );
      }
      case "turn_ended":
        return log.info(
          { message: event.message.id, status: event.status, detail: event.detail },
          "turn ended",
        );
      default:
    }
  };
}
