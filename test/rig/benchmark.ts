/** What a benchmark or a suite under `./minilab bench` is: a function with figures as its answer. */

/** `figures` are values by name; a nested record is a group. `ok`: every target was met. */
export type Outcome = { ok: boolean; figures: Record<string, unknown> };

/** `signal` ends it early: everything that it started is ended before it rejects. */
export type Benchmark = { run(args: string[], signal: AbortSignal): Promise<Outcome> };
