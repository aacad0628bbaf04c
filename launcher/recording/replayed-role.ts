/** A role as one process of it was: the rules of today with tools that have no hands, and what it counts in its memory. */
import type { Config } from "../../agents/base/config.ts";
import type { Role } from "../../agents/protocol/roles.ts";
import { createLogger } from "../../agents/redact/log.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import type { Course } from "../../agents/runtime/course-of-turn.ts";
import type { Model } from "../../agents/runtime/model.ts";
import { createTurnRules, type RuleParts, type Turns } from "../../agents/runtime/turn-rules.ts";
import type { toolsOf } from "../../agents/tools/permissions.ts";
import { RecordedCalls, type ReplayedTurn } from "./recorded-turn.ts";

export type RoleOptions = { config: Config; redactor: Redactor; tools: typeof toolsOf };

export class ReplayedRole {
  readonly course: Course;
  readonly #turns: Turns;
  readonly #calls = new RecordedCalls();
  #epoch = 0;

  constructor(role: Role, { config, redactor, tools }: RoleOptions) {
    const calls = this.#calls;
    const model: Model = { ask: (...asked) => calls.ofTurn.model.ask(...asked) };
    // nothing else of a machine is there: whoever reaches for it fails
    const toolContext = {
      role,
      redactor,
      nodes: { disconnect: () => {} },
    } as unknown as RuleParts["toolContext"];
    // what was let through then, and what was refused, is what was recorded
    const authority: RuleParts["authority"] = { pass: async () => ({ kind: "allowed", grants: [] }) };
    const parts = { authority, model, tools: tools(role, calls.recorded), toolContext, calls, listeners: [] };
    this.#turns = createTurnRules({ role, config, redactor }, parts);
    const log = createLogger({ name: role, level: "silent", redactor });
    this.course = { ...this.#turns, role, redactor, log, notice: () => {} };
  }

  /** STOP and CLEAR have been heard when a message of a later run is worked on. */
  begin(replayed: ReplayedTurn): void {
    const { epoch } = replayed.turn.message;
    if (epoch > this.#epoch) this.#turns.onReset();
    this.#epoch = Math.max(epoch, this.#epoch);
    this.#calls.begin(replayed);
  }
}
