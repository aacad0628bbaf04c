/** What the team as a whole is doing, in words: from who is at work and who spoke last. It guesses nothing. */
import type { ControlState } from "../agents/protocol/control.ts";
import type { Message, Signal } from "../agents/protocol/message.ts";
import { COORDINATOR, OPERATOR } from "../agents/protocol/roles.ts";
import { joinRedacted, ours, type Redacted, redacted } from "../agents/redact/redacted.ts";
import type { Team } from "./team.ts";

/** Whose turn it is to speak: the coordinator's last signal holds until the operator has spoken after it. */
export class Floor {
  signal: Signal | undefined;
  #decidedAt = "";

  /** Messages may be heard late and twice; the newest decides. */
  hear({ sender, signal, timestamp }: Message): void {
    const decides = sender === OPERATOR || (sender === COORDINATOR && signal !== undefined);
    if (!decides || timestamp < this.#decidedAt) return;
    this.#decidedAt = timestamp;
    this.signal = sender === OPERATOR ? undefined : signal;
  }

  /** STOP and CLEAR: the operator has spoken. */
  reset(): void {
    this.signal = undefined;
  }
}

export type Known = { control: ControlState | undefined; team: Team; floor: Floor };

/** One line for /status. `now` in milliseconds since the epoch. */
export function teamState({ control, team, floor }: Known, now: number): Redacted {
  const { working, asking, unready, silent } = team.groups(now);
  if (control === undefined) return redacted`not known: Redis has not answered yet`;
  if (control.state === "stopped") return redacted`stopped; your next message sets it going`;
  const others = working.filter((role) => !asking.includes(role));
  const trouble = [
    ...(asking.length > 0 && others.length > 0 ? [awaitingBudget(asking)] : []),
    ...(unready.length > 0 ? [redacted`not ready: ${names(unready)}`] : []),
    ...(silent.length > 0 ? [redacted`not heard of: ${names(silent)}`] : []),
  ];
  return joinRedacted(
    [
      asking.length > 0 && others.length === 0 ? awaitingBudget(asking) : whatItDoes(others, floor),
      ...trouble,
    ],
    "; ",
  );
}

/** All four are there and idle, the team may work, and the coordinator awaits neither an answer nor a new request. */
export function isUnattended({ control, team, floor }: Known, now: number): boolean {
  const { working, unready, silent } = team.groups(now);
  const isQuiet = working.length + unready.length + silent.length === 0;
  return control?.state === "running" && isQuiet && floor.signal === undefined;
}

function whatItDoes(working: readonly string[], { signal }: Floor): Redacted {
  if (working.length > 0) return redacted`working: ${names(working)}`;
  if (signal === "awaiting") return redacted`awaits your answer`;
  if (signal === "done") return redacted`done; it waits for your next request`;
  return redacted`nobody is working`;
}

function awaitingBudget(asking: readonly string[]): Redacted {
  return redacted`awaits your answer (/pending, /budget): ${names(asking)}`;
}

function names(roles: readonly string[]): Redacted {
  return ours(roles.join(", "));
}
