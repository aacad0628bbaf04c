/** What the team says of itself: its model, and that it rehearses. A console need not be started with its settings. */
import type { Activity } from "../agents/protocol/message.ts";
import type { Role } from "../agents/protocol/roles.ts";
import { joinRedacted, type Redacted, redacted, rewrite } from "../agents/redact/redacted.ts";
import { inert } from "./terminal-safe.ts";

export class Introduction {
  readonly #models = new Map<Role, Redacted>();
  #notice: Redacted;
  readonly #say: (text: Redacted) => void;

  /** `notice` was said already. */
  constructor(notice: Redacted, say: (text: Redacted) => void) {
    this.#notice = notice;
    this.#say = say;
  }

  /** Of all roles, as they have told. */
  get models(): Redacted {
    const different = new Set(this.#models.values());
    return different.size === 0 ? redacted`not told yet` : joinRedacted([...different], ", ");
  }

  hear({ role, about }: Activity): void {
    if (about === undefined) return;
    const [model, notice] = [about.model, about.notice].map(shown);
    if (notice && this.#notice !== notice) this.#say(redacted`\n${notice}`);
    this.#notice = notice || this.#notice;
    if (!model || this.#models.get(role) === model) return;
    const isNews = ![...this.#models.values()].includes(model);
    this.#models.set(role, model);
    if (isNews) this.#say(redacted`The team's model is ${model}.`);
  }
}

function shown(text: Redacted): Redacted {
  return rewrite(text, (it) => inert(it).trim());
}
