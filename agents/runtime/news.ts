/** Counts in each turn the calls that were news: what they said has not been said to this role before. */
import { createHash } from "node:crypto";
import type { TurnListener } from "./events.ts";

/** Results that are remembered; who has had more may have the oldest twice. */
const MAX_SEEN = 5_000;

export class News {
  readonly #seen = new Set<string>();
  #ofTurn = 0;

  /** Calls of the turn at work, or of the last one, that changed or showed something. */
  get ofTurn(): number {
    return this.#ofTurn;
  }

  readonly listener: TurnListener = (event) => {
    if (event.kind === "turn_started") this.#ofTurn = 0;
    if (event.kind !== "tool_ended") return;
    const { call, result } = event;
    const { tool, args } = call;
    const what = JSON.stringify([tool, args, result.kind, result.exitCode, result.stdout, result.stderr]);
    const digest = createHash("sha256").update(what).digest("base64");
    if (this.#seen.has(digest)) return;
    this.#seen.add(digest);
    this.#ofTurn++;
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value ?? "");
  };

  /** A new session or run: what was known is looked at anew. */
  clear(): void {
    this.#seen.clear();
  }
}
