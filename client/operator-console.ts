/**
 * What the operator enters: a message for the team, a control command, or a question to the console. It knows
 * neither keys nor screens; where nobody can be asked there is no Prompt.
 */
import { describeError } from "../agents/base/errors.ts";
import type { Draft } from "../agents/bus/bus.ts";
import type { ControlCommand } from "../agents/protocol/control.ts";
import { newMessageId } from "../agents/protocol/message.ts";
import { OPERATOR, type Role } from "../agents/protocol/roles.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import type { Deciding } from "./approvals.ts";
import { type Input, parseInput } from "./commands.ts";
import { controlQuestion } from "./control-question.ts";
import { Conversation, type ConversationOptions } from "./conversation.ts";
import { Departure } from "./departure.ts";
import { draftOf } from "./draft.ts";
import { fullOutput } from "./full-output.ts";
import type { HostSettings } from "./host.ts";
import type { Leaving } from "./leaving.ts";
import { answerLocal } from "./local-commands.ts";
import { Outbox, type OutboxOptions, type Outgoing } from "./outbox.ts";
import type { Question } from "./question.ts";
import type { Openable } from "./shelf.ts";
import { statusRow } from "./status-row.ts";

export type Prompt = {
  ask(question: Question): void;
  /** Give a text that was not sent back to the operator. */
  restore(text: string): void;
  /** Show a long text by itself, to look around in; resolves when the operator has come back. */
  page(text: Redacted): Promise<void>;
};

export type ConsoleOptions = ConversationOptions &
  Pick<Deciding, "dials" | "holdMs"> & {
    prompt?: Prompt;
    /** Where the full outputs of tools are on this machine. */
    outputsFolder: string;
    leaving: Leaving;
    hosts?: HostSettings;
    /** What /status says about this console: Redis's address (no password), the model, the log. */
    about: Redacted;
    onExit: () => void;
  };

const CONTROL_LINE_HINT = redacted`A line of this text is a control word. It goes as text: enter it alone to use it.`;

export class OperatorConsole {
  readonly conversation: Conversation;
  readonly #options: ConsoleOptions;
  readonly #outbox: Outbox;
  readonly #departure: Departure;
  #refusals = 0;

  constructor(options: ConsoleOptions) {
    const conversation = new Conversation(options);
    this.conversation = conversation;
    this.#options = options;
    this.#outbox = new Outbox({
      ...{ bus: options.bus, signal: options.signal },
      ...outboxWords(conversation, options.redact),
      onRecovered: () => {
        this.#departure.reconsider();
        conversation.say(redacted`What was kept has been sent.`);
      },
      onRefused: (outgoing, reason) => this.#onRefused(outgoing, reason),
    });
    this.#departure = new Departure({ ...options, conversation, outbox: this.#outbox });
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

  leave(): void {
    this.#departure.leave();
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
    return statusRow(this.conversation, { unsent: this.unsent, now });
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
    const open = (openable: Openable) => this.#open(openable);
    const console = { ...this.#options, conversation: this.conversation, about, sendTo, open };
    const refuse = (error: unknown) => this.#refuse(this.#options.redact(describeError(error)));
    answerLocal(input, console).catch(refuse);
  }

  async #open(openable: Openable): Promise<void> {
    const text = await fullOutput(openable, this.#options);
    if (text === undefined)
      return this.conversation.say(redacted`Its turn has recorded nothing of it yet: try again in a moment.`);
    if (this.#options.prompt) await this.#options.prompt.page(text);
    else this.conversation.say(redacted`\n${text}`);
  }

  #confirm(command: ControlCommand, content: string): void {
    const { prompt, redact } = this.#options;
    if (!prompt) {
      this.conversation.problem(redact(`"${content.trim()}" is not ${command}; it goes as text.`));
      this.send(content);
      return;
    }
    prompt.ask(
      controlQuestion(command, content.trim(), {
        onCommand: () => this.#outbox.add({ kind: "control", command }),
        onText: () => this.send(content),
        onNeither: () => this.conversation.say(redact(`Not sent: ${content.trim()} (Up brings it back).`)),
      }),
    );
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

/** What the operator is told of what is under way. */
function outboxWords(
  conversation: Conversation,
  redact: Redactor,
): Pick<OutboxOptions, "onDelayed" | "onControl"> {
  return {
    onDelayed: (reason) => {
      const why = conversation.connection === "down" ? "" : redacted` (${redact(reason)})`;
      conversation.problem(redacted`Not sent yet${why}; it is kept, and sent as soon as Redis answers.`);
    },
    onControl: (command, control) => conversation.onControl({ kind: "control", command, control }),
  };
}
