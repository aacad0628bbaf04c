/** What this role is doing right now, for whoever watches: told at each change and every few seconds. */

import type { Bus } from "../bus/bus.ts";
import type { Activity } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import { type Redacted, redacted, sliceRedacted } from "../redact/redacted.ts";
import type { TurnListener } from "./events.ts";

const REPEAT_MS = 5_000;

export type ActivityOptions = {
  bus: Bus;
  role: Role;
  queued: () => number;
};

export class ActivityReporter {
  readonly #bus: Bus;
  readonly #queued: () => number;
  readonly #repeat: NodeJS.Timeout;
  #now: Omit<Activity, "queued">;

  constructor({ bus, role, queued }: ActivityOptions) {
    this.#bus = bus;
    this.#queued = queued;
    this.#now = { kind: "activity", role, state: "idle", detail: redacted``, step: 0, since: Date.now() };
    this.#repeat = setInterval(() => this.tell(), REPEAT_MS);
    this.#repeat.unref();
  }

  readonly listener: TurnListener = (event) => {
    switch (event.kind) {
      case "turn_started":
        return this.#set("thinking", redacted``, 1);
      case "step_started":
        return this.#set("thinking", redacted``, event.step);
      case "model_waiting":
        return this.#set("waiting", event.reason, this.#now.step);
      case "tool_started":
        return this.#set("tool", event.call.tool, event.call.step);
      case "tool_ended":
        return this.#set("thinking", redacted``, event.call.step);
      case "turn_ended":
        return this.#set("idle", redacted``, 0);
      default:
    }
  };

  tell(): void {
    this.#bus.show({ ...this.#now, queued: this.#queued() });
  }

  unready(reason: Redacted): void {
    this.#set("unready", reason, 0);
  }

  ready(): void {
    this.#set("idle", redacted``, 0);
  }

  close(): void {
    clearInterval(this.#repeat);
  }

  #set(state: Activity["state"], detail: Redacted, step: number): void {
    const short = sliceRedacted(detail, 0, 200);
    this.#now = { ...this.#now, state, detail: short, step, since: Date.now() };
    this.tell();
  }
}
