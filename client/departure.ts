/** How the operator leaves: not before everything is sent, and not over a team at work without having said so. */
import { redacted } from "../agents/redact/redacted.ts";
import type { Conversation } from "./conversation.ts";
import { type Leaving, leavingQuestion } from "./leaving.ts";
import type { Outbox } from "./outbox.ts";
import type { Question } from "./question.ts";

export type DepartureOptions = {
  conversation: Conversation;
  outbox: Outbox;
  /** Nobody can be asked without one. */
  prompt?: { ask(question: Question): void };
  leaving: Leaving;
  onExit: () => void;
};

export class Departure {
  readonly #options: DepartureOptions;
  #wasAsked = false;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /**
   * Leave when everything is confirmed; while Redis is away, only when asked a second time. Where that ends a team that is
   * at work, only when the operator says so.
   */
  leave(): void {
    const { prompt, leaving, conversation } = this.#options;
    const { team } = conversation;
    const isAtWork = leaving === "ends the team" && team.groups(Date.now()).working.length > 0;
    const onLeave = () => this.#leaveSent();
    if (!isAtWork || !prompt) onLeave();
    else
      prompt.ask(
        leavingQuestion(team.statusLine(Date.now()), { onLeave, onStay: (text) => conversation.say(text) }),
      );
  }

  /** Everything has been sent meanwhile: the next one to leave is asked anew. */
  reconsider(): void {
    this.#wasAsked = false;
  }

  #leaveSent(): void {
    const { prompt, outbox, conversation, onExit } = this.#options;
    if (outbox.size === 0 || this.#wasAsked || !prompt) {
      onExit();
      return;
    }
    this.#wasAsked = true;
    if (!outbox.isDelayed) outbox.drained().then(onExit, onExit);
    else conversation.problem(redacted`${outbox.size} not sent yet. Leave again to go all the same.`);
  }
}
