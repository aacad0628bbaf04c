/** The recap of an ansible run, as data that its plugin wrote, and what it says about the run. */
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { readPlainJson } from "./plain-file.ts";

const recapShape = z.object({
  hosts: z.record(
    z.string(),
    z.object({
      ok: z.number(),
      changed: z.number(),
      unreachable: z.number(),
      failures: z.number(),
      skipped: z.number(),
      rescued: z.number(),
      ignored: z.number(),
      /** Tasks at which it was unreachable, whether that was ignored or not; tasks that ran there. */
      lost: z.number(),
      reached: z.number(),
    }),
  ),
  plays: z.array(z.object({ name: z.string(), local: z.boolean(), matched: z.boolean() })),
  /** Handlers that were notified and did not run, with their hosts. */
  waiting: z.record(z.string(), z.array(z.string())),
});

export type Recap = z.infer<typeof recapShape>;

const MAX_BYTES = 2_000_000;

/** Undefined when the run ended before it had one: a syntax error, an interruption. AppError `conflict` when it is another's. */
export async function readRecap(file: string): Promise<Recap | undefined> {
  const json = await readPlainJson(file, MAX_BYTES);
  if (json === undefined) return undefined;
  const recap = recapShape.safeParse(json);
  if (recap.success) return recap.data;
  throw new AppError("conflict", "The recap of the run was not written by its plugin.");
}

/** At least one host that was reached, and none that failed or was unreachable: whatever the exit code says. */
export function isSuccess(recap: Recap | undefined): boolean {
  const hosts = Object.values(recap?.hosts ?? {});
  const isReached = hosts.some(({ lost, reached }) => lost === 0 || reached > 0);
  return isReached && hosts.every(({ failures, unreachable }) => failures + unreachable === 0);
}

/** One line a host: `Recap: pve1 ok=5 changed=2 unreachable=0 failed=0`, and of the other counts those above 0. */
export function recapLines(recap: Recap | undefined): string[] {
  if (!recap) return ["Recap: none, the run ended before its end"];
  const lines = Object.entries(recap.hosts).map(
    ([host, { failures, ok, changed, unreachable, lost: _, reached: __, ...rest }]) => {
      const counts = { ok, changed, unreachable, failed: failures };
      const others = Object.entries(rest).filter(([, count]) => count > 0);
      return `Recap: ${host} ${[...Object.entries(counts), ...others]
        .map(([name, count]) => `${name}=${count}`)
        .join(" ")}`;
    },
  );
  if (lines.length > 0) return lines;
  const isMatched = recap.plays.some(({ matched }) => matched);
  return [
    isMatched
      ? "Recap: hosts matched, and the play ended before a task ran on any of them: nothing was done"
      : "Recap: no host matched, nothing was done",
  ];
}

/** What nobody sees in the counts. */
export function recapRemarks(recap: Recap | undefined): string[] {
  if (!recap) return [];
  const local = recap.plays.filter((play) => play.local).map(({ name }) => name);
  const unreached = Object.entries(recap.hosts).filter(([, { lost, reached }]) => lost > 0 && reached === 0);
  const waiting = Object.entries(recap.waiting).map(([name, hosts]) => `${name} (${hosts.join(", ")})`);
  const isAstray = recap.plays.length > 0 && recap.plays.every(({ matched }) => !matched);
  return [
    ...(isAstray
      ? ["There is the group proxmox, with every node; a file with more groups is given as inventory."]
      : []),
    ...(local.length > 0
      ? [`These plays have connection: local and ran on this machine, not on the nodes: ${local.join(", ")}`]
      : []),
    ...(unreached.length > 0 ? [`Never reached: ${unreached.map(([host]) => host).join(", ")}`] : []),
    ...(waiting.length > 0 ? [`Handlers that were notified and did not run: ${waiting.join("; ")}`] : []),
  ];
}

/** Hosts that were unreachable at a task; `wasReached`: after tasks that ran there. */
export function lostHosts(recap: Recap | undefined): { host: string; wasReached: boolean }[] {
  return Object.entries(recap?.hosts ?? {})
    .filter(([, { lost, unreachable }]) => lost + unreachable > 0)
    .map(([host, { reached }]) => ({ host, wasReached: reached > 0 }));
}
