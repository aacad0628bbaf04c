/** What a command of Proxmox VE's tools can be: a request to the API, one of the tool's own, or one that reads its words itself. */
import { type Parameter, parseParameters } from "../../api/parameters.ts";
import type { CommandOutcome } from "../outcome.ts";
import type { Json } from "../state.ts";
import { FORMAT_OPTIONS } from "./print-result.ts";
import type { Run } from "./run.ts";

export type Given = Readonly<Record<string, string>>;

type Shape = {
  /** Names of the parameters that come without their name. */
  positional?: readonly string[];
  isFormatted?: boolean;
};

/** `GET /cluster/ha/resources` */
export type RouteCommand = Shape & {
  route: string;
  /** What the command stands for. */
  fixed?: Given;
  /** Parameters for `print` alone, as schema.json writes them down. */
  own?: string;
  /** What is made of the answer; nothing is printed without, but the log of a task. */
  print?(data: Json, options: Given, run: Run): string | CommandOutcome;
};

export type OwnCommand = Shape & {
  /** As schema.json writes them down. */
  parameters: string;
  isChange?: boolean;
  run(run: Run, given: Given): CommandOutcome;
};

/** Its words are another's: those of a route, of a program in a guest. */
export type OpenCommand = {
  usage: string;
  isChange?: boolean;
  read(run: Run, words: readonly string[]): CommandOutcome;
};

export type Command = RouteCommand | OwnCommand | OpenCommand;
export type CommandTree = {
  readonly [name: string]: Command | { alias: string } | "gap" | { commands: CommandTree };
};

/** Whether it goes into the journal. */
export function isChange(command: Command): boolean {
  return "route" in command ? !command.route.startsWith("GET ") : command.isChange === true;
}

/** All that may be said, by place or by name. TypeError for a route that there is not. */
export function parametersOf(command: RouteCommand | OwnCommand, { api }: Run): Parameter[] {
  if (!("route" in command)) return parseParameters(command.parameters);
  const route = api.table.get(command.route);
  if (!route) throw new TypeError(`no route ${command.route}`);
  const { positional = [], fixed = {}, own = "" } = command;
  const isSaid = ({ name }: Parameter) =>
    positional.includes(name) || (name !== "node" && !Object.hasOwn(fixed, name));
  return [...route.parameters.filter(isSaid), ...parseParameters(own)];
}

/** `qm status <vmid> [OPTIONS]` */
export function usageOf(command: Command, path: string, run: Run): string {
  if ("read" in command) return `${path} ${command.usage}`;
  const { positional = [], isFormatted = false } = command;
  const named = parametersOf(command, run).filter(({ name }) => !positional.includes(name));
  const places = positional.map((name) => `<${name}>`);
  return [path, ...places, ...optionsUsage(named), ...(isFormatted ? ["[FORMAT_OPTIONS]"] : [])].join(" ");
}

/** What must be said by name, and whether there is more. */
export function optionsUsage(named: readonly Parameter[]): string[] {
  const needed = named.filter(({ isOptional }) => !isOptional);
  const hasMore = named.length > needed.length;
  return [
    ...needed.map(({ name, type }) => `--${name} <${typeName(type)}>`),
    ...(hasMore ? ["[OPTIONS]"] : []),
  ];
}

function typeName(type: string): string {
  if (type === "bool") return "boolean";
  return ["integer", "number", "array"].includes(type) ? type : "string";
}

/** As `parseOptions` wants them. */
export function optionNames(parameters: readonly Parameter[], isFormatted = false) {
  const names = (isFlag: boolean) =>
    parameters.filter(({ type }) => (type === "bool") === isFlag).map(({ name }) => name);
  const formats = isFormatted ? FORMAT_OPTIONS : { flags: [], values: [] };
  return { flags: [...names(true), ...formats.flags], values: [...names(false), ...formats.values] };
}
