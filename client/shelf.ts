/** What /output opens: tool calls and long texts, by the numbers that the operator sees. The oldest are forgotten. */
import type { CallPlace } from "../agents/bus/bus.ts";
import type { Redacted } from "../agents/redact/redacted.ts";

export type Openable = { kind: "call"; call: CallPlace } | { kind: "text"; text: Redacted };

const MAX_KEPT = 1_000;
const MAX_KEPT_CHARS = 10_000_000;

export class Shelf {
  readonly #kept = new Map<number, Openable>();
  #last = 0;
  #chars = 0;

  /** Its number. */
  add(openable: Openable): number {
    this.#last++;
    this.#kept.set(this.#last, openable);
    this.#chars += sizeOf(openable);
    for (const [number, oldest] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT && this.#chars <= MAX_KEPT_CHARS) break;
      this.#kept.delete(number);
      this.#chars -= sizeOf(oldest);
    }
    return this.#last;
  }

  /** The one that was added last; 0 when there is none. */
  get last(): number {
    return this.#last;
  }

  find(number: number): Openable | undefined {
    return this.#kept.get(number);
  }
}

function sizeOf(openable: Openable): number {
  return openable.kind === "text" ? openable.text.length : 0;
}
