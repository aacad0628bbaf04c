/** Which run hits what, how and when: all of it from a seed, so that a seed repeats it. Pure. */
import { randomFrom } from "../../../agents/testing/random.ts";
import { FAILPOINTS, type Failpoint, passesOf, TOOL_CLASSES, type ToolClass } from "./failpoints.ts";

export const FAULTS = [
  "kill-agent",
  "kill-redis",
  "kill-both",
  "freeze",
  "cut",
  "half-open",
  "full-disk",
] as const;
export type Fault = (typeof FAULTS)[number];

export type Cell = { point: Failpoint; tools: ToolClass; fault: Fault };

export type Plan = Cell & {
  run: number;
  /** The fault hits the n-th pass of the point, counted from 1. */
  nth: number;
  /** Chooses among the forms of the fault, see faults.ts: 0 to 1. */
  form: number;
};

/** Every run of a series, in order. Cells are taken so that each point, class and fault comes up as early as it can. */
export function planRuns(runs: number, seed: number, wanted: (cell: Cell) => boolean = () => true): Plan[] {
  const random = randomFrom(seed);
  const cells = allCells().filter(wanted);
  const plans: Plan[] = [];
  while (cells.length > 0 && plans.length < runs) {
    for (const cell of spread(shuffled(cells, random)).slice(0, runs - plans.length)) {
      const nth = 1 + Math.floor(random() * passesOf(cell.point, cell.tools));
      plans.push({ ...cell, run: plans.length, nth, form: random() });
    }
  }
  return plans;
}

export function allCells(): Cell[] {
  return FAILPOINTS.flatMap((point) =>
    TOOL_CLASSES.filter((tools) => passesOf(point, tools) > 0).flatMap((tools) =>
      FAULTS.map((fault) => ({ point, tools, fault })),
    ),
  );
}

/** Those whose point, class and fault were used least come first. */
function spread(cells: Cell[]): Cell[] {
  const left = [...cells];
  const used = new Map<string, number>();
  const count = (name: string) => used.get(name) ?? 0;
  const weight = ({ point, tools, fault }: Cell) => 3 * count(point) + count(tools) + count(fault);
  const ordered: Cell[] = [];
  while (left.length > 0) {
    const next = left.reduce((best, cell) => (weight(cell) < weight(best) ? cell : best));
    left.splice(left.indexOf(next), 1);
    for (const name of [next.point, next.tools, next.fault]) used.set(name, count(name) + 1);
    ordered.push(next);
  }
  return ordered;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => [random(), item] as const);
  return keyed.toSorted(([a], [b]) => a - b).map(([, item]) => item);
}
