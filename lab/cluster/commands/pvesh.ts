/** `pvesh`: the API from a shell. */
import { AppError } from "../../../agents/base/errors.ts";
import { TABLE } from "../../api/routes.ts";
import type { Found } from "../../api/table.ts";
import { parseOptions } from "../options.ts";
import { type CommandOutcome, failed, succeeded } from "../outcome.ts";
import type { Json } from "../state.ts";
import { endOf, request } from "./call-route.ts";
import { type CommandTree, type Given, type OpenCommand, optionNames, optionsUsage } from "./command.ts";
import { printResult } from "./print-result.ts";
import type { Run } from "./run.ts";

const METHODS = { get: "GET", set: "PUT", create: "POST", delete: "DELETE" } as const;
type Verb = keyof typeof METHODS;

export const pvesh: CommandTree = {
  create: verb("create"),
  delete: verb("delete"),
  get: verb("get"),
  ls: { positional: ["api_path"], parameters: "api_path noproxy?:bool", isFormatted: true, run: ls },
  set: verb("set"),
  usage: {
    positional: ["api_path"],
    parameters: "api_path command?:enum=create|delete|get|set returns?:bool verbose?:bool",
    run: showUsage,
  },
};

function verb(name: Verb): OpenCommand {
  return {
    usage: "<api_path> [OPTIONS] [FORMAT_OPTIONS]",
    isChange: name !== "get",
    read: (run, words) => call(run, name, words),
  };
}

/** The options are those of the route; the path comes before them. */
function call(run: Run, name: Verb, [path, ...rest]: readonly string[]): CommandOutcome {
  if (path === undefined || path.startsWith("-"))
    throw new AppError("bad_arguments", "400 not enough arguments");
  const found = find(name, path);
  if (!found) return failed(1, `No '${name}' handler defined for '${path}'`);
  const named = found.route.parameters.filter((one) => found.given[one.name] === undefined);
  const { flags, values } = optionNames(named, true);
  const { options } = parseOptions(rest, { positional: [], values, flags: [...flags, "noproxy"] });
  const given = Object.fromEntries(
    Object.entries(options).filter(([option]) => named.some((one) => fits(one.name, option))),
  );
  printResult(null, options); // a wrong format is told before anything is done
  const data = request(run, { method: METHODS[name], segments: partsOf(path), given });
  const task = endOf(run, data);
  if (task && task.exitCode !== 0) return task;
  return succeeded(`${task?.stdout ?? ""}${printResult(data, options)}`);
}

function fits(parameter: string, option: string): boolean {
  return parameter === option || parameter === option.replace(/\d{1,3}$/, "[n]");
}

function partsOf(path: string): string[] {
  return path.split("/").filter(Boolean);
}

function find(name: Verb, path: string): Found | undefined {
  return TABLE.find(METHODS[name], partsOf(path));
}

function ls(run: Run, { api_path: path = "", ...options }: Given): CommandOutcome {
  const found = find("get", path);
  if (!found && partsOf(path).length > 0) return failed(255, `no such resource '${path}'`);
  const place = `/${partsOf(path).join("/")}`.replace(/\/$/, "");
  const names = childrenOf(run, path, found?.route.segments ?? []);
  const shown = names.toSorted().map((name) => ({ capabilities: abilities(`${place}/${name}`), name }));
  if ((options["output-format"] ?? "text") !== "text") return succeeded(printResult(shown, options));
  return succeeded(shown.map((row) => `${row.capabilities} ${row.name}\n`).join(""));
}

/** The names of what is below a path of this pattern. */
function childrenOf(run: Run, path: string, pattern: readonly string[]): string[] {
  const below = TABLE.routes
    .filter(({ segments }) => pattern.every((segment, at) => segments[at] === segment))
    .flatMap(({ segments }) => segments[pattern.length] ?? []);
  const key = below.find((segment) => segment.startsWith("{"))?.slice(1, -1);
  if (!key && below.length > 0) return [...new Set(below)];
  if (!key) throw new AppError("conflict", `resource '${path}' does not define child links`);
  const data = request(run, { method: "GET", segments: partsOf(path), given: {} });
  if (!Array.isArray(data)) throw new AppError("conflict", `no such resource '${path}'`);
  return data.map((row) => String((row as Record<string, Json>)[key] ?? ""));
}

/** `Dr-c-`: has children, may be got, set, created in, deleted. */
function abilities(path: string): string {
  const found = find("get", path);
  const depth = found?.route.segments.length ?? 0;
  const isFolder = TABLE.routes.some(
    ({ path: other, segments }) => segments.length > depth && other.startsWith(`${found?.route.path}/`),
  );
  const may = (name: Verb, letter: string) => (find(name, path) ? letter : "-");
  return `${found && isFolder ? "D" : "-"}${may("get", "r")}${may("set", "w")}${may("create", "c")}${may("delete", "d")}`;
}

function showUsage(_run: Run, { api_path: path = "", command, verbose }: Given): CommandOutcome {
  const verbs = (Object.keys(METHODS) as Verb[]).filter((name) => command === undefined || name === command);
  const lines = verbs.flatMap((name) => {
    const found = find(name, path);
    if (!found) return [];
    const named = found.route.parameters.filter((one) => found.given[one.name] === undefined);
    const line = [`USAGE: pvesh ${name} ${path}`, ...optionsUsage(named)].join(" ");
    return verbose === "1" ? [line, "", ...named.map(described)] : [line];
  });
  if (lines.length > 0) return succeeded(`${lines.join("\n")}\n`);
  return failed(255, command ? `no '${command}' handler for '${path}'` : `no such resource '${path}'`);
}

function described({ name, type, values }: Found["route"]["parameters"][number]): string {
  return `  --${name.padEnd(20)} <${values?.join(" | ") ?? type}>\n`;
}
