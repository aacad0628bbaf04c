/** Asks the operator where a line is all that there is: a terminal that cannot move its cursor. */
import type { Redactor } from "../agents/redact/redact.ts";
import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import type { Conversation } from "./conversation.ts";
import { INTERRUPT_HINT, type Leaving } from "./leaving.ts";
import type { Prompt } from "./operator-console.ts";
import { answerOf, type Question } from "./question.ts";

export type PlainPromptOptions = { conversation: () => Conversation; redact: Redactor; leaving: Leaving };

export class PlainPrompt implements Prompt {
  readonly #options: PlainPromptOptions;
  #question: Question | undefined;
  #isWarned = false;

  constructor(options: PlainPromptOptions) {
    this.#options = options;
  }

  ask(question: Question): void {
    this.#question = question;
    this.#say(this.#options.redact(question.text));
  }

  restore(): void {
    this.#say(redacted`Not sent: enter it again, changed.`);
  }

  async page(text: Redacted): Promise<void> {
    this.#say(redacted`\n${text}`);
  }

  /** True when the line was an answer: then it is nothing else. */
  isAnswer(line: string): boolean {
    this.#isWarned = false;
    const question = this.#question;
    this.#question = undefined;
    if (question === undefined) return false;
    const text = line.trim();
    const answer = text === "" ? "cancel" : answerOf({ kind: "text", text });
    question.onAnswer(answer);
    return answer !== "dismiss";
  }

  /** Ctrl+C: once it says what a second one does. */
  interrupt(leave: () => void): void {
    if (this.#isWarned) {
      leave();
      return;
    }
    this.#isWarned = true;
    this.#say(INTERRUPT_HINT[this.#options.leaving]);
  }

  #say(text: Redacted): void {
    this.#options.conversation().say(text);
  }
}
