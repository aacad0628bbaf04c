/** Asks about a text that is close to a control word, and is none. */
import type { ControlCommand } from "../agents/protocol/control.ts";
import type { Question } from "./question.ts";

export type Choices = {
  onCommand: () => void;
  /** It was meant as it is. */
  onText: () => void;
  onNeither: () => void;
};

export function controlQuestion(command: ControlCommand, typed: string, choices: Choices): Question {
  return {
    text: `"${typed}": did you mean ${command}? [y] ${command}, [n] send as text, Enter = neither`,
    onAnswer: (answer) => {
      if (answer === "yes") choices.onCommand();
      else if (answer === "no") choices.onText();
      else choices.onNeither();
    },
  };
}
