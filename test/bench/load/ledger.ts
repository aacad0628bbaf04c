/** What was said to whom, and what came of it: finds what was lost, done twice, or done out of its sender's order. */
import { isSender, type Role, type Sender } from "../../../agents/protocol/roles.ts";

/** A message of a load carries its sender and a number that counts the sender's messages. */
export function loadText(sender: Sender, number: number): string {
  return `${sender} ${number}`;
}

function parseLoadText(content: string): { sender: Sender; number: number } | undefined {
  const [sender = "", number] = content.split(" ");
  return isSender(sender) ? { sender, number: Number(number) } : undefined;
}

export class Ledger {
  readonly #open = new Map<Role, Set<string>>();
  readonly #last = new Map<string, number>();
  outOfOrder = 0;
  duplicates = 0;
  handled = 0;
  #whenEmpty: (() => void) | undefined;

  /** Said and not handled yet. */
  get open(): number {
    return [...this.#open.values()].reduce((sum, contents) => sum + contents.size, 0);
  }

  said(to: Role, content: string): void {
    const contents = this.#open.get(to) ?? new Set();
    this.#open.set(to, contents.add(content));
  }

  /** Refused before it was stored: nobody will handle it. */
  unsaid(to: Role, content: string): void {
    this.#open.get(to)?.delete(content);
  }

  ended(by: Role, content: string): void {
    const parsed = parseLoadText(content);
    if (!parsed) return;
    if (!this.#open.get(by)?.delete(content)) this.duplicates++;
    const key = `${by} ${parsed.sender}`;
    if (parsed.number <= (this.#last.get(key) ?? -1)) this.outOfOrder++;
    this.#last.set(key, parsed.number);
    this.handled++;
    if (this.open === 0) this.#whenEmpty?.();
  }

  /** Until all that was said has been handled; resolves at the latest when `limit` aborts. */
  async settled(limit: AbortSignal): Promise<void> {
    if (this.open === 0 || limit.aborted) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      limit.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
