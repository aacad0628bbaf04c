/** What a send writes, from what Redis holds: pure, so that the transaction may decide again. */
import { AppError } from "../base/errors.ts";
import type { ControlState } from "../protocol/control.ts";
import { type Message, parseMessage } from "../protocol/message.ts";
import { OPERATOR } from "../protocol/roles.ts";
import type { Draft } from "./bus.ts";
import { firstControl, parseControlState, sayCommands, toMessage, writeControl } from "./records.ts";
import type { Decision } from "./redis-store.ts";

/** `publish` is off for what was published already, by a program that does nothing else. */
export function decideSend(
  draft: Draft,
  controlReply: unknown,
  sent: unknown,
  options: { publish: boolean },
): Decision<Message> {
  const stored = typeof sent === "string" ? parseMessage(sent) : undefined;
  if (stored) return { result: stored };
  const before = parseControlState(controlReply) ?? firstControl();
  const isFirst = parseControlState(controlReply) === undefined;
  const isOperator = draft.sender === OPERATOR;
  if (before.state === "stopped" && !isOperator) {
    throw new AppError("stale", "the operator stopped the team; nothing is said until the operator speaks");
  }
  const control: ControlState = { ...before, state: "running" };
  const message = toMessage(draft, control);
  const write = sayCommands(message, options);
  if (isFirst || before.state !== control.state) write.unshift(writeControl(control));
  return { result: message, write };
}
