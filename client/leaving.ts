/** What leaving the console does to the team, in the words that the operator reads. */
import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import type { Question } from "./question.ts";

/** Under ./minilab up the team lives as long as its console. */
export type Leaving = "ends the team" | "leaves it at work";

type Texts = { readonly [Kind in Leaving]: Redacted };

export const LEAVING: Texts = {
  "ends the team": redacted`leave; this ends the team, and what it is doing`,
  "leaves it at work": redacted`leave; the team goes on working`,
};

/** At the first Ctrl+C. */
export const INTERRUPT_HINT: Texts = {
  "leaves it at work": redacted`Ctrl+C again, or exit, leaves; the team goes on. STOP stops the team.`,
  "ends the team": redacted`Ctrl+C again, or exit, leaves and ends the team. STOP stops what it does, and it stays.`,
};

/** `atWork` says who does what; `onStay` gets what to tell then. */
export function leavingQuestion(
  atWork: string,
  { onLeave, onStay }: { onLeave: () => void; onStay: (text: Redacted) => void },
): Question {
  return {
    text: `At work: ${atWork}. Leaving ends the team, and that. [y] end it, Enter = stay`,
    onAnswer: (answer) =>
      answer === "yes" ? onLeave() : onStay(redacted`Not left: the team goes on. STOP stops it.`),
  };
}
