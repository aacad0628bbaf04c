/** `./minilab bench NAME`: run one benchmark, print its figures as a table, with --json as one line as well. */
import { AppError } from "../agents/base/errors.ts";
import type { Outcome } from "../test/rig/benchmark.ts";
import { BENCHMARKS } from "./benchmarks.ts";

/** Exit code 1 when a target was missed. Arguments after the name go to the benchmark. */
export async function bench(args: string[], signal: AbortSignal): Promise<number> {
  const [name = "", ...rest] = args.filter((arg) => arg !== "--json");
  const { ok, figures } = await runBenchmark(name, rest, signal);
  console.log(`\n${name}: ${ok ? "ok" : "NOT OK"}`);
  console.log(asTable(figures));
  if (args.includes("--json")) console.log(JSON.stringify({ bench: name, ok, figures }));
  return ok ? 0 : 1;
}

async function runBenchmark(name: string, args: string[], signal: AbortSignal): Promise<Outcome> {
  const load = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (!load) {
    throw new AppError(
      "bad_arguments",
      `no benchmark "${name}"; there are ${Object.keys(BENCHMARKS).join(", ")}`,
    );
  }
  return (await load()).run(args, signal);
}

/** One row a figure: its dotted name, its value. */
export function asTable(figures: Record<string, unknown>): string {
  const rows = flatten(figures, "");
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
}

function flatten(figures: object, prefix: string): [string, string][] {
  return Object.entries(figures).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? flatten(value, `${prefix}${name}.`)
      : [[prefix + name, String(value)] as [string, string]],
  );
}
