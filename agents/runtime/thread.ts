/**
 * Which earlier messages a turn gets to see. The window grows and is cut in chunks, by a token budget, so
 * that the prompt's prefix stays the same from turn to turn; what the operator said is never cut.
 */
import type { Message } from "../protocol/message.ts";
import { OPERATOR } from "../protocol/roles.ts";

/** When the window is above the first it is cut to the second. Tokens are estimated at four characters. */
const BUDGET_TOKENS = { high: 30_000, low: 10_000 };

export class Thread {
  /** Id of the oldest message in the window. */
  #start: string | undefined;

  /** Of `history` (oldest first) what goes into the prompt of a turn about `tasks`, without these. */
  window(history: readonly Message[], tasks: readonly Message[]): Message[] {
    const earlier = history.filter(({ id }) => tasks.every((task) => task.id !== id));
    const from = earlier.findIndex((message) => message.id === this.#start);
    const kept = from >= 0 ? earlier.slice(from) : this.#cut(earlier, this.#start ? "low" : "high");
    const window = tokensOf(kept) > BUDGET_TOKENS.high ? this.#cut(kept, "low") : kept;
    this.#start = window[0]?.id;
    const pinned = earlier.filter((message) => message.sender === OPERATOR && !window.includes(message));
    return [...pinned, ...window];
  }

  #cut(messages: readonly Message[], level: keyof typeof BUDGET_TOKENS): Message[] {
    let tokens = 0;
    const start = messages.findLastIndex((message) => {
      tokens += tokensOf([message]);
      return tokens > BUDGET_TOKENS[level];
    });
    return messages.slice(start + 1);
  }
}

function tokensOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + content.length / 4 + 40, 0);
}
