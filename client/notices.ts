/** What the roles tell the operator: when one after the other says the same, all of it is shown once. */
import type { Notice } from "../agents/protocol/message.ts";
import { redacted } from "../agents/redact/redacted.ts";
import { type Entry, toEntry } from "./entry.ts";

/** Four roles that start together say the same within seconds. */
const SAME_MS = 60_000;

export class Notices {
  #last: { notice: Notice; at: number } | undefined;

  /** `now` in milliseconds since the epoch. */
  entry(notice: Notice, now: number): Entry | undefined {
    const before = this.#last;
    const isSame =
      before !== undefined && before.notice.content === notice.content && now - before.at < SAME_MS;
    if (!isSame) this.#last = { notice, at: now };
    const isEcho = isSame && before.notice.source !== notice.source;
    if (isSame && !isEcho) return undefined; // it starts again and again
    return toEntry(
      isEcho ? { ...notice, content: redacted`says the same as ${before.notice.source}` } : notice,
    );
  }
}
