/** What this role is doing right now, for whoever watches: told at each change and every few seconds. */

import type { Bus } from "../bus/bus.ts";
import type { Activity } from "../protocol/message.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import type { TurnListener } from "./events.ts";

const REPEAT_MS = 5_000;

export type ActivityOptions = {
  bus: Bus;
  role: Role;
  queued: () => number;
  /** Tools are named by models, and reasons by endpoints. */
  redactor: Redactor;
};

export class ActivityReporter {
  readonly #bus: Bus;
  readonly #redactor: Redactor;
  readonly #queued: () => number;
  readonly #repeat: NodeJS.Timeout;
  #now: Omit<Activity, "queued">;

  constructor({ bus, role, queued, redactor }: ActivityOptions) {
    this.#bus = bus;
    this.#redactor = redactor;
    this.#queued = queued;
    this.#now = { kind: "activity", role, state: "idle", detail: "", step: 0, since: Date.now() };
    this.#repeat = setInterval(() => this.tell(), REPEAT_MS);
    this.#repeat.unref();
  }

  readonly listener: TurnListener = (event) => {
    switch (event.kind) {
      case "turn_started":
        return this.#set("thinking", "", 1);
      case "step_started":
        return this.#set("thinking", "", event.step);
      case "model_waiting":
        return this.#set("waiting", event.reason, this.#now.step);
      case "tool_started":
        return this.#set("tool", event.call.tool, event.call.step);
      case "tool_ended":
        return this.#set("thinking", "", event.call.step);
      case "turn_ended":
        return this.#set("idle", "", 0);
      default:
    }
  };

  tell(): void {
    this.#bus.show({ ...this.#now, queued: this.#queued() });
  }

  unready(reason: string): void {
    this.#set("unready", reason, 0);
  }

  ready(): void {
    this.#set("idle", "", 0);
  }

  close(): void {
    clearInterval(this.#repeat);
  }

  #set(state: Activity["state"], detail: string, step: number): void {
    this.#now = {
      ...this.#now,
      state,
      detail: this.#redactor(detail).slice(0, 200),
      step,
      since: Date.now(),
    };
    this.tell();
  }
}
