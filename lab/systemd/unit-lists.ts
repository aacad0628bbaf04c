/** `systemctl list-units`, `list-unit-files`, `list-timers`, `list-sockets`; columns as of systemd 257. */
import { type CommandOutcome, succeeded } from "../cluster/outcome.ts";
import { table } from "../system/stand-in.ts";
import { builtInUnits, type UnitView } from "./unit-view.ts";

export type Filter = {
  patterns: readonly string[];
  types: readonly string[];
  states: readonly string[];
  all: boolean;
  noLegend: boolean;
  plain: boolean;
};

function matches(name: string, patterns: readonly string[]): boolean {
  return (
    patterns.length === 0 ||
    patterns.some((pattern) => fits(name, pattern) || fits(name, `${pattern}.service`))
  );
}

/** Shell patterns of stars and question marks, in linear time. */
function fits(name: string, pattern: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return name === pattern;
  const [first = "", ...rest] = parts;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = rest.at(-1) ?? "";
  return name.length - at >= last.length && name.endsWith(last);
}

function isChosen(view: UnitView, { patterns, types, states }: Filter): boolean {
  const kind = view.name.slice(view.name.lastIndexOf(".") + 1);
  const words = [view.load, view.active, view.sub, view.fileState];
  return (
    matches(view.name, patterns) &&
    (types.length === 0 || types.includes(kind)) &&
    (states.length === 0 || states.some((state) => words.includes(state)))
  );
}

export function listUnits(views: readonly UnitView[], filter: Filter): CommandOutcome {
  const isShown = ({ active }: UnitView) => filter.all || filter.states.length > 0 || active !== "inactive";
  const rows = views.filter((view) => isChosen(view, filter) && isShown(view));
  const mark = ({ active, load }: UnitView) => (active === "failed" || load === "masked" ? "●" : " ");
  const cells = rows.map((view) => [
    ...(filter.plain ? [view.name] : [`${mark(view)} ${view.name}`]),
    ...[view.load, view.active, view.sub, view.description],
  ]);
  const legend =
    rows.length === 0
      ? "0 loaded units listed.\n"
      : "\nLegend: LOAD   → Reflects whether the unit definition was properly loaded.\n" +
        "        ACTIVE → The high-level unit activation state, i.e. generalization of SUB.\n" +
        `        SUB    → The low-level unit activation state, values depend on unit type.\n\n${rows.length} loaded units listed.\n`;
  if (filter.noLegend) return succeeded(table(cells));
  const head = [filter.plain ? "UNIT" : "  UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION"];
  return succeeded(
    (rows.length > 0 || filter.states.length === 0 ? table([head, ...cells]) : table([head])) + legend,
  );
}

export function listUnitFiles(views: readonly UnitView[], filter: Filter): CommandOutcome {
  const rows = views.filter((view) => isChosen(view, filter) && view.fileState !== "transient");
  const preset = new Map(builtInUnits().map(({ name, fileState }) => [name, fileState]));
  const cells = rows.map(({ name, fileState }) => {
    const word = preset.get(name);
    return [
      name,
      fileState,
      word === "static" || word === "alias" ? "-" : word === "disabled" ? "disabled" : "enabled",
    ];
  });
  if (filter.noLegend) return { ...succeeded(table(cells)), exitCode: rows.length > 0 ? 0 : 1 };
  const text = `${table([["UNIT FILE", "STATE", "PRESET"], ...cells])}\n${rows.length} unit files listed.\n`;
  return { ...succeeded(text), exitCode: rows.length > 0 || filter.patterns.length === 0 ? 0 : 1 };
}

export function listTimers(views: readonly UnitView[], filter: Filter, now: number): CommandOutcome {
  const timers = views.filter(
    (view) =>
      view.name.endsWith(".timer") &&
      matches(view.name, filter.patterns) &&
      (filter.all || view.active === "active"),
  );
  const at = ({ next }: UnitView) => next ?? Number.POSITIVE_INFINITY;
  const rows = timers
    .sort((a, b) => at(a) - at(b))
    .map(({ name, next }) => [
      ...(next === undefined ? ["-", "-"] : [stamp(next), `${span(next - now)}`]),
      ...["-", "-", name, name.replace(/\.timer$/, ".service")],
    ]);
  if (filter.noLegend) return succeeded(table(rows));
  const head = ["NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES"];
  return succeeded(`${table([head, ...rows])}\n${rows.length} timers listed.\n`);
}

export function listSockets(views: readonly UnitView[], filter: Filter): CommandOutcome {
  const addresses = new Map(builtInUnits().map(({ name, what }) => [name, what]));
  const sockets = views.filter(
    (view) =>
      view.name.endsWith(".socket") &&
      matches(view.name, filter.patterns) &&
      (filter.all || view.active === "active"),
  );
  const rows = sockets.map(({ name }) => [
    addresses.get(name) ?? "",
    name,
    name.replace(/\.socket$/, ".service"),
  ]);
  if (filter.noLegend) return succeeded(table(rows));
  return succeeded(`${table([["LISTEN", "UNIT", "ACTIVATES"], ...rows])}\n${rows.length} sockets listed.\n`);
}

/** `Thu 2026-02-26 15:22:49 UTC`. */
export function stamp(at: number): string {
  const iso = new Date(at).toISOString();
  return `${new Date(at).toUTCString().slice(0, 3)} ${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `5h 12min`, `3 days`, `42s`. */
export function span(ms: number): string {
  const seconds = Math.max(Math.floor(ms / 1000), 0);
  const [minutes, hours, days] = [
    Math.floor(seconds / 60),
    Math.floor(seconds / 3600),
    Math.floor(seconds / 86_400),
  ];
  if (days > 0) return days === 1 ? `1 day ${hours - 24}h` : `${days} days`;
  if (hours > 0) return `${hours}h ${minutes - hours * 60}min`;
  return minutes > 0 ? `${minutes}min` : `${seconds}s`;
}
