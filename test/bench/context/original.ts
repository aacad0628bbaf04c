/**
 * What the experiment that this project ports shows its model: one system prompt, one text with the last 80 messages and
 * the current one again, the calls and results of the turn, and behind them which step it is.
 */
const SHOWN = 80;

export class OriginalPolicy {
  readonly #head: string;
  #blob = "";
  #turn: string[] = [];

  /** `head`: tools and system prompt, as JSON. */
  constructor(head: string) {
    this.#head = head;
  }

  begin(history: readonly { sender: string; content: string }[], task: string): void {
    const lines = history.slice(-SHOWN).map(({ sender, content }) => `${sender}: ${content}`);
    this.#blob = `Chat History:\n${lines.join("\n")}\n\nCurrent message:\n${task}`;
    this.#turn = [];
  }

  prompt(step: number): string {
    return [this.#head, this.#blob, ...this.#turn, `Step ${step} of 100.`].join("\n");
  }

  called(call: string, result: string): void {
    this.#turn.push(call, result);
  }
}
