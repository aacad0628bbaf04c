/**
 * The name of one tool call: a digest of ours, whatever others chose as the id of a message. Processes, folders, logs
 * and patterns on nodes are named by it alone, and what builds those takes no other text.
 */
import { createHash } from "node:crypto";

declare const turn: unique symbol;
declare const call: unique symbol;

/** 32 hex digits: the turn of a role about a message. */
export type TurnId = string & { readonly [turn]: true };

/** 48 hex digits: those of its turn, then 16 of its own. */
export type CallId = string & { readonly [call]: true };

export function turnIdOf(role: string, messageId: string): TurnId {
  return digest([role, messageId]).slice(0, 32) as TurnId;
}

/** `call` is what tells the calls of a turn apart: step and number. The same words are the same call. */
export function callIdOf(turn: TurnId, call: string): CallId {
  return `${turn}${digest([turn, call]).slice(0, 16)}` as CallId;
}

export function isCallOf(turn: TurnId, id: CallId): boolean {
  return id.startsWith(turn);
}

/** From a name on disk; undefined for what is no call's. */
export function readCallId(name: string): CallId | undefined {
  return /^[0-9a-f]{48}$/.test(name) ? (name as CallId) : undefined;
}

function digest(words: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("hex");
}
