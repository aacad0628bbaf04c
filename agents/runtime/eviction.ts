/**
 * When a thread has grown above its budget most of it leaves at once: what a server has kept of a prompt is worth
 * nothing behind the first change, so one large change is cheap and many small ones are dear. Pure.
 */
import { condensed, digestLine } from "./thread-digest.ts";
import {
  missionMessages,
  type ThreadState,
  type TokenBudget,
  tokensOf,
  tokensOfUnits,
  type Unit,
} from "./thread-unit.ts";

/** Of the lower budget: what the digest may take, and what the newest units may always take. */
const SHARE = { digest: 1 / 3, newest: 1 / 3 };

export type Evicting = {
  budget: TokenBudget;
  /** Tokens of what never leaves: system prompt and tools. */
  fixedTokens: number;
  /** The turn at work, whose tasks stay. */
  turn: number;
};

/**
 * What is left of the thread, or undefined while it is within its budget. The newest unit stays whole, the tasks of the
 * turn as well; the operator's words become part of the mission; of the rest the digest tells.
 */
export function evicted(
  state: ThreadState,
  { budget, fixedTokens, turn }: Evicting,
): ThreadState | undefined {
  const { mission, digest, units } = state;
  const digestTokens = Math.floor(budget.low * SHARE.digest);
  const isPinned = (unit: Unit) => unit.taskOf === turn || unit === units.at(-1);
  const head = fixedTokens + tokensOf(missionMessages(mission));
  const stays = head + tokensOfUnits(units.filter(isPinned)) + digestTokens;
  const line = digestLine(digest);
  const total = head + tokensOfUnits(units) + (line ? tokensOf([line]) : 0);
  if (total <= Math.max(budget.high, stays + budget.low)) return undefined;
  const room = Math.max(budget.low - head - digestTokens, budget.low * SHARE.newest);
  const newest = newestWithin(
    units.filter((unit) => !isPinned(unit)),
    room,
  );
  const kept = units.filter((unit) => isPinned(unit) || newest.has(unit));
  const leaving = units.filter((unit) => !kept.includes(unit));
  if (leaving.length === 0) return undefined;
  return {
    mission: [...new Set([...mission, ...leaving.flatMap((unit) => unit.mission ?? [])])],
    digest: condensed([...digest, ...leaving.flatMap(({ notes }) => notes)], digestTokens),
    units: kept,
  };
}

function newestWithin(units: readonly Unit[], room: number): Set<Unit> {
  let tokens = 0;
  const start = units.findLastIndex((unit) => {
    tokens += tokensOfUnits([unit]);
    return tokens > room;
  });
  return new Set(units.slice(start + 1));
}
