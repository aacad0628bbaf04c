/** What this role is doing right now, for whoever watches: told at each change and every few seconds. */

import type { Bus } from "../bus/bus.ts";
import type { About, Activity } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import { type Redacted, redacted, sliceRedacted } from "../redact/redacted.ts";
import { gistOf } from "./call-report.ts";
import type { ToolCall, TurnListener } from "./events.ts";

const REPEAT_MS = 5_000;
const MAX_DETAIL_CHARS = 200;
const IDLE = { state: "idle", step: 0 } as const;

export type ActivityOptions = {
  bus: Bus;
  role: Role;
  queued: () => number;
  /** For whoever has just come. */
  about?: About;
};

export class ActivityReporter {
  readonly #bus: Bus;
  readonly #queued: () => number;
  readonly #about: Pick<Activity, "about">;
  readonly #repeat: NodeJS.Timeout;
  #now: Omit<Activity, "queued">;

  constructor({ bus, role, queued, about }: ActivityOptions) {
    this.#bus = bus;
    this.#queued = queued;
    this.#about = about ? { about } : {};
    this.#now = { kind: "activity", role, state: "idle", detail: redacted``, step: 0, since: Date.now() };
    this.#repeat = setInterval(() => this.#tell(this.#about), REPEAT_MS);
    this.#repeat.unref();
  }

  readonly listener: TurnListener = (event) => {
    switch (event.kind) {
      case "turn_started":
        return this.#set({ state: "thinking", step: 1 });
      case "step_started":
        return this.#set({ state: "thinking", step: event.step });
      case "model_waiting":
        return this.#set(
          { state: "waiting", step: this.#now.step, until: Date.now() + event.delayMs },
          event.reason,
        );
      case "budget_waiting":
        return this.#set({ state: "waiting", step: this.#now.step }, event.reason);
      case "approval_waiting":
        return this.#set({ state: event.isOperators ? "waiting" : "tool", step: event.step }, event.reason);
      case "tool_started":
        return this.#set({ state: "tool", step: event.call.step }, describe(event.call));
      case "turn_ended":
        return this.#set(IDLE);
      default:
    }
  };

  tell(): void {
    this.#tell({});
  }

  #tell(more: Pick<Activity, "about">): void {
    this.#bus.show({ ...this.#now, queued: this.#queued(), ...more });
  }

  unready(reason: Redacted): void {
    this.#set({ state: "unready", step: 0 }, reason);
  }

  ready(): void {
    this.#set(IDLE);
    this.#tell(this.#about);
  }

  close(): void {
    clearInterval(this.#repeat);
  }

  #set(now: Pick<Activity, "state" | "step" | "until">, detail = redacted``): void {
    const { role } = this.#now;
    const short = sliceRedacted(detail, 0, MAX_DETAIL_CHARS);
    const { state, step } = this.#now;
    if (now.until === undefined && state === now.state && step === now.step && short === this.#now.detail)
      return;
    this.#now = { kind: "activity", role, ...now, detail: short, since: Date.now() };
    this.tell();
  }
}

/** The tool, and where it does what. What comes next tells when it has ended: the report of it, another call, a step. */
function describe({ tool, target, args }: ToolCall): Redacted {
  const gist = gistOf(args);
  const where = target === tool || gist.startsWith(target) ? redacted`` : redacted` ${target}`;
  return gist ? redacted`${tool}${where}: ${gist}` : redacted`${tool}${where}`;
}
