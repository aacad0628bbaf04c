/** What the agents of a rehearsal cost: CPU time of their processes from start to end, as the kernel counts it. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { PROJECT_DIR } from "../../../launcher/team/project.ts";
import type { Outcome } from "../../rig/benchmark.ts";
import { interleaved } from "./interleaved.ts";
import { rehearserOf } from "./rehearsal.ts";

const LIMIT = 0.6;
const SAMPLE_MS = 20;
/** USER_HZ, in which /proc counts on every Linux that Node runs on. */
const TICK_MS = 10;

/** `bench loop --against DIR`: what a rehearsal's agents cost here and in another checkout. */
export async function compareRehearsals(
  checkout: string,
  rounds: number,
  signal: AbortSignal,
): Promise<Outcome> {
  await using stack = new AsyncDisposableStack();
  const [ours, theirs] = [rehearsalIn(PROJECT_DIR, stack), rehearsalIn(checkout, stack)];
  await interleaved(
    1,
    () => ours(signal),
    () => theirs(signal),
  ); // builds what both run
  const cpu = await interleaved(
    rounds,
    () => ours(signal),
    () => theirs(signal),
  );
  const figures = {
    agents_cpu_ms: cpu.ours,
    against_agents_cpu_ms: cpu.theirs,
    agents_cpu_ratio: cpu.ratio,
    rounds,
  };
  return { ok: cpu.ratio <= LIMIT, figures };
}

/** A copy of `checkout` that rehearses: milliseconds of CPU of its four agents, each time. */
function rehearsalIn(
  checkout: string,
  stack: AsyncDisposableStack,
): (signal: AbortSignal) => Promise<number> {
  const { start } = rehearserOf(checkout, stack);
  return async (signal) => {
    const rehearsal = start(signal);
    const ended = once(rehearsal, "exit");
    const ticks = new Map<string, number>();
    while (rehearsal.exitCode === null && rehearsal.signalCode === null) {
      for (const [role, count] of agentsOf(rehearsal.pid ?? 0)) ticks.set(role, count);
      await Promise.race([ended, sleep(SAMPLE_MS)]);
    }
    if (rehearsal.exitCode !== 0) throw new Error(`the rehearsal in ${checkout} failed`);
    return [...ticks.values()].reduce((sum, count) => sum + count, 0) * TICK_MS;
  };
}

/** Role and CPU ticks of each agent that `parent` has started. */
function agentsOf(parent: number): [string, number][] {
  return readdirSync("/proc").flatMap((name): [string, number][] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
      if (Number(fields[1]) !== parent) return [];
      const role = /\0AGENT_ROLE=(\w+)/.exec(readFileSync(`/proc/${name}/environ`, "latin1"))?.[1];
      return role ? [[role, Number(fields[11]) + Number(fields[12])]] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}
