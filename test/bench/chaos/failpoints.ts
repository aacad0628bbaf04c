/**
 * The named instants at which a fault can hit an agent, and how often a turn of each class of tools passes them. The
 * product knows none of them: test/bench/chaos/agent.ts puts them around its parts.
 */

export const TOOL_CLASSES = ["files", "shell", "ssh", "terraform", "ansible"] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

/** `decided` is between the reads and the writes of a transaction, `during` while the effect of a tool is there already. */
export type Failpoint = `${string}.${"before" | "decided" | "during" | "after"}`;

type Times = Readonly<Record<ToolClass, number>>;
/** Of files, shell, ssh, terraform, ansible. */
const times = (
  ...[files, shell, ssh, terraform, ansible]: [number, number, number, number, number]
): Times => ({
  ...{ files, shell, ssh, terraform, ansible },
});

const ONCE = times(1, 1, 1, 1, 1);
const CALLS = times(2, 2, 2, 2, 1);
const HELD = times(0, 1, 1, 1, 1);

const SEAMS: readonly [seam: string, phases: string, times: Times][] = [
  ["lease.take", "before decided after", ONCE],
  ["lease.renew", "before decided after", ONCE],
  ["receive", "before after", ONCE],
  ["control", "before after", ONCE],
  ["history", "before after", ONCE],
  ["journal.read", "before after", ONCE],
  ["model.ask", "before after", times(2, 3, 3, 3, 2)],
  ["intent", "before decided after", CALLS],
  ["tool", "before after", CALLS],
  ["tool", "during", HELD],
  ["process", "before after", times(0, 2, 0, 3, 1)],
  ["node.exec", "before after", times(0, 0, 2, 0, 0)],
  ["outcome", "before decided after", CALLS],
  ["finish", "before decided after", ONCE],
  ["cancel", "before decided after", HELD],
];

const TIMES = new Map<Failpoint, Times>(
  SEAMS.flatMap(([seam, phases, passes]) =>
    phases.split(" ").map((phase) => [`${seam}.${phase}` as Failpoint, passes] as const),
  ),
);

export const FAILPOINTS: readonly Failpoint[] = [...TIMES.keys()];

/** How often a turn passes it; 0 when it never does. */
export function passesOf(point: Failpoint, tools: ToolClass): number {
  return TIMES.get(point)?.[tools] ?? 0;
}
