/**
 * `./minilab bench footprint [--rounds N]`: what an agent costs as `./minilab up` runs it. Ready is the time from its
 * start to its first word that it is idle; then, and after ten turns with a few tool calls each, its memory.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROLES, type Role } from "../../agents/protocol/roles.ts";
import { PERMISSIONS } from "../../agents/tools/permissions.ts";
import { parseScenario, type Scenario } from "../../lab/model/scenario.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { type Memory, median, memoryOf, rounded } from "../rig/measure.ts";
import { readCount, readOptions } from "../rig/options.ts";
import { type EmptyStage, setEmptyStage } from "../rig/stage.ts";
import { ask, hearIdle, patience } from "../rig/talk.ts";

const TURNS = 10;
const LIMITS = { readyMs: 1_000, idleMb: 100, afterMb: 150 };
const NOTES = "/app/docs/notes.md";
const LAST_WORD = "Looked at all of it.";

/** One agent in one round. */
export type Sighting = { role: Role; readyMs: number; idle: Memory; afterTurns: Memory };

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const rounds = readCount("rounds", readOptions(args, { rounds: "3" }).rounds);
  const sightings: Sighting[] = [];
  for (let round = 0; round < rounds; round++) sightings.push(...(await watchTeam(signal)));
  return judge(sightings);
}

async function watchTeam(signal: AbortSignal): Promise<Sighting[]> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const options = { directory, scenario: scenario(), beforeAnswer: async () => {}, signal };
  const stage = await setEmptyStage(options, stack);
  await writeFile(
    join(directory, "docs/team/notes.md"),
    "A line of ordinary length in a file of notes.\n".repeat(400),
  );
  const sightings: Sighting[] = [];
  for (const role of ROLES) sightings.push(await watchAgent(stage, role, signal));
  return sightings;
}

async function watchAgent(
  { bus, model, startAgent }: EmptyStage,
  role: Role,
  signal: AbortSignal,
): Promise<Sighting> {
  const seen = hearIdle(bus, role, patience(signal));
  const began = performance.now();
  const { pid = 0 } = startAgent(role);
  await seen;
  const readyMs = performance.now() - began;
  const idle = memoryOf(pid);
  for (let turn = 0; turn < TURNS; turn++) await ask(bus, { to: role, content: "Look." }, patience(signal));
  if (model.requests().gaps.length > 0) throw new Error(`${role} did not do what it was told`);
  return { role, readyMs, idle, afterTurns: memoryOf(pid) };
}

/** Each role reads, runs something where it may, and says its last word. */
function scenario(): Scenario {
  const rules = ROLES.flatMap((role) => {
    const read = { tool: "read_file", arguments: { path: NOTES } };
    const shell = { tool: "run_shell", arguments: { command: "cat /app/docs/notes.md", cwd: "/app/docs" } };
    const second = PERMISSIONS[role]["run_shell"] ? shell : read;
    return [
      { role, when: { step: 1 }, call: [read] },
      { role, when: { step: 2 }, call: [second, read] },
      { role, when: { step: 3 }, call: [second] },
      { role, say: LAST_WORD },
    ];
  });
  return parseScenario(JSON.stringify({ name: "footprint", request: "Look.", rules }), "footprint");
}

export function judge(sightings: readonly Sighting[]): Outcome {
  const team = figuresOf(sightings);
  const roles = ROLES.map((role) => [role, figuresOf(sightings.filter((one) => one.role === role))]);
  const ok =
    team.ready_ms_p50 <= LIMITS.readyMs &&
    team.idle_rss_mb_max <= LIMITS.idleMb &&
    team.after_ten_turns_rss_mb_max <= LIMITS.afterMb;
  return { ok, figures: { ...team, roles: Object.fromEntries(roles) } };
}

function figuresOf(sightings: readonly Sighting[]) {
  const most = (pick: (sighting: Sighting) => number) => rounded(Math.max(...sightings.map(pick)));
  return {
    ready_ms_p50: rounded(median(sightings.map(({ readyMs }) => readyMs))),
    idle_rss_mb_max: most(({ idle }) => idle.rssMb),
    idle_pss_mb_max: most(({ idle }) => idle.pssMb),
    after_ten_turns_rss_mb_max: most(({ afterTurns }) => afterTurns.rssMb),
    after_ten_turns_pss_mb_max: most(({ afterTurns }) => afterTurns.pssMb),
  };
}
