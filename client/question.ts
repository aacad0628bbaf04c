/** A question to the operator that one key answers. */
import type { Key } from "./keys.ts";

/** `dismiss`: another key was pressed, and counts as what it is. */
export type Answer = "yes" | "no" | "cancel" | "dismiss";

export type Question = { text: string; onAnswer: (answer: Answer) => void };

const CANCEL_KEYS = ["enter", "linefeed", "escape", "interrupt"];

export function answerOf(key: Key): Answer {
  if (key.kind === "text" && /^y(es)?$/i.test(key.text)) return "yes";
  if (key.kind === "text" && /^no?$/i.test(key.text)) return "no";
  return key.kind === "press" && CANCEL_KEYS.includes(key.name) ? "cancel" : "dismiss";
}
