/**
 * What the operator enters: a message for the team, a control command, or a question to the console. It knows
 * neither keys nor screens; where nobody can be asked there is no Prompt.
 */
import { describeError } from "../agents/base/errors.ts";
import type { Draft } from "../agents/bus/bus.ts";
import type { ControlCommand } from "../agents/protocol/control.ts";
import { newMessageId } from "../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../agents/protocol/roles.ts";
import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import { type Input, parseInput } from "./commands.ts";
import { Conversation, type ConversationOptions } from "./conversation.ts";
import { draftOf } from "./draft.ts";
import { type Leaving, leavingQuestion } from "./leaving.ts";
import { answerLocal } from "./local-commands.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import type { Question } from "./question.ts";

export type Prompt = {
  ask(question: Question): void;
  /** Give a text that was not sent back to the operator. */
  restore(text: string): void;
};

export type ConsoleOptions = ConversationOptions & {
  prompt?: Prompt;
  leaving: Leaving;
  /** What /status says about this console: Redis's address (no password), the model, the log. */
  about: Redacted;
  onExit: () => void;
};

const CONTROL_LINE_HINT = redacted`A line of this text is a control word. It goes as text: enter it alone to use it.`;

export class OperatorConsole {
  readonly conversation: Conversation;
  readonly #options: ConsoleOptions;
  readonly #outbox: Outbox;
  #isLeaving = false;
  #refusals = 0;

  constructor(options: ConsoleOptions) {
    const conversation = new Conversation(options);
    this.conversation = conversation;
    this.#options = options;
    this.#outbox = new Outbox({
      bus: options.bus,
      signal: options.signal,
      onDelayed: (reason) => {
        const why = conversation.connection === "down" ? "" : redacted` (${options.redact(reason)})`;
        conversation.problem(redacted`Not sent yet${why}; it is kept, and sent as soon as Redis answers.`);
      },
      onRecovered: () => {
        this.#isLeaving = false;
        conversation.say(redacted`What was kept has been sent.`);
      },
      onControl: (command, control) => conversation.onControl({ kind: "control", command, control }),
      onRefused: (outgoing, reason) => this.#onRefused(outgoing, reason),
    });
  }

  /** Something entered, whole. */
  enter(text: string): void {
    const { redact } = this.#options;
    const input = parseInput(text);
    switch (input.kind) {
      case "nothing":
        this.#options.view.refresh();
        break;
      case "message":
        this.send(input.content);
        break;
      case "control":
        this.#outbox.add({ kind: "control", command: input.command });
        break;
      case "unsure":
        this.#confirm(input.command, input.content);
        break;
      case "local":
        this.#answer(input);
        break;
      case "exit":
        this.leave();
        break;
      case "unknown": {
        const near = input.near.length > 0 ? ` Did you mean ${input.near.join(", ")}?` : "";
        this.#refuse(redact(`${input.name} is no command, nothing was sent.${near} /help lists them all.`));
        break;
      }
      default:
        input satisfies never;
    }
  }

  /**
   * Leave when everything is confirmed; while Redis is away, only when asked a second time. Where that ends a team that is
   * at work, only when the operator says so.
   */
  leave(): void {
    const { prompt, leaving } = this.#options;
    const atWork = leaving === "ends the team" ? this.conversation.team.statusLine(Date.now()) : "";
    const onLeave = () => this.#leaveConfirmed();
    if (atWork === "" || !prompt) onLeave();
    else prompt.ask(leavingQuestion(atWork, { onLeave, onStay: (text) => this.conversation.say(text) }));
  }

  #leaveConfirmed(): void {
    const { prompt, onExit } = this.#options;
    if (this.unsent === 0 || this.#isLeaving || !prompt) {
      onExit();
      return;
    }
    this.#isLeaving = true;
    if (!this.#outbox.isDelayed) this.#outbox.drained().then(onExit, onExit);
    else this.conversation.problem(redacted`${this.unsent} not sent yet. Leave again to go all the same.`);
  }

  /** Entered, and not confirmed yet. */
  get unsent(): number {
    return this.#outbox.size;
  }

  /** Resolves when everything entered is confirmed or given up; false when something was not sent. */
  async finish(): Promise<boolean> {
    await this.#outbox.drained();
    return this.unsent === 0 && this.#refusals === 0;
  }

  /** `now` in milliseconds since the epoch. */
  statusLine(now: number): string {
    const { connection, control, team, troubles } = this.conversation;
    const parts = [
      connection === "down" ? "Redis is away" : "",
      this.unsent > 0 ? `${this.unsent} not sent yet` : "",
      control?.state === "stopped" ? "stopped" : "",
      ...Object.keys(troubles).map((part) => `${part} does not run`),
      team.statusLine(now),
    ];
    return parts.filter((part) => part !== "").join(" · ");
  }

  /** As a message, whatever it says. */
  send(content: string): void {
    if (content.trim() === "") return;
    const drafted = draftOf(this.#options.redact(content));
    if (drafted.kind === "impossible") {
      this.#refuse(drafted.problem);
      this.#options.prompt?.restore(content);
      return;
    }
    if (drafted.hasControlLine) this.conversation.say(CONTROL_LINE_HINT);
    this.#enqueue(drafted.draft);
  }

  #enqueue(draft: Draft): void {
    this.conversation.showOwn(draft);
    this.#outbox.add({ kind: "message", draft });
  }

  #answer(input: Extract<Input, { kind: "local" }>): void {
    const about = () => redacted`${this.#options.about}\nunsent    ${this.unsent}`;
    const sendTo = (role: Role, content: Redacted) =>
      this.#enqueue({ id: newMessageId(OPERATOR), sender: OPERATOR, to: [role], content });
    const { leaving, redact } = this.#options;
    answerLocal(input, { conversation: this.conversation, leaving, about, sendTo }).catch((error) =>
      this.#refuse(redact(describeError(error))),
    );
  }

  #confirm(command: ControlCommand, content: string): void {
    const { prompt } = this.#options;
    if (!prompt) {
      this.conversation.problem(
        this.#options.redact(`"${content.trim()}" is not ${command}; it goes as text.`),
      );
      this.send(content);
      return;
    }
    prompt.ask({
      text: `"${content.trim()}": did you mean ${command}? [y] ${command}, [n] send as text, Enter = cancel`,
      onAnswer: (answer) => {
        if (answer === "yes") this.#outbox.add({ kind: "control", command });
        else if (answer === "no") this.send(content);
        else if (answer === "cancel") prompt.restore(content);
        else this.conversation.say(this.#options.redact(`Not sent: ${content.trim()} (Up brings it back).`));
      },
    });
  }

  #onRefused(outgoing: Outgoing, reason: string): void {
    this.#refuse(this.#options.redact(`Not sent: ${reason}`));
    if (outgoing.kind === "message") this.#options.prompt?.restore(outgoing.draft.content);
  }

  #refuse(problem: Redacted): void {
    this.#refusals++;
    this.conversation.problem(problem);
  }
}
