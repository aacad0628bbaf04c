/** Folders of the API: what a path lists that has no answer of its own but paths below it. */
import type { Json } from "../cluster/state.ts";
import type { Route, Table } from "./table.ts";

/** Undefined when nothing is below the path. */
export function indexOf(table: Table, route: Route): Json | undefined {
  if (route.method !== "GET") return undefined;
  const depth = route.segments.length;
  const below = table.routes.filter(
    ({ path, segments }) => path.startsWith(`${route.path}/`) && !segments[depth]?.startsWith("{"),
  );
  const names = [...new Set(below.map(({ segments }) => segments[depth] ?? ""))].filter(Boolean).sort();
  if (names.length === 0) return undefined;
  const key = ["/cluster", "/nodes/{node}"].includes(route.path) ? "name" : "subdir";
  return names.map((name) => ({ [key]: name }));
}
