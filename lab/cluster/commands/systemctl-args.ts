/** The command line of `systemctl`: one verb, units, and the options that the lab understands. */
import { named } from "../named.ts";

export type SystemctlArgs = {
  kind: "verb";
  verb: string;
  units: string[];
  properties: string[];
  /** `--type` and `--state`, of which `--failed` is one. */
  types: string[];
  states: string[];
  quiet: boolean;
  now: boolean;
  all: boolean;
  noLegend: boolean;
  plain: boolean;
  /** `--value`: only the values of properties. */
  valueOnly: boolean;
};

export type SystemctlLine = SystemctlArgs | { kind: "version" } | { kind: "unknown"; option: string };

const HARMLESS =
  /^(?:--no-pager|--full|-l|--no-block|--wait|--no-ask-password|--force|-f|--system|--runtime|--no-reload|--no-warn|--show-types|-r|--recursive|--reverse|--(?:lines|output|job-mode|signal|kill-whom|root)=.+)$/;
const TAKES_VALUE = ["-n", "-o", "-s", "--lines", "--output", "--signal", "--job-mode"];
const FLAGS: Readonly<Record<string, "quiet" | "now" | "all" | "noLegend" | "plain" | "valueOnly">> = {
  ...{ "--quiet": "quiet", "-q": "quiet", "--now": "now", "--all": "all", "-a": "all" },
  ...{ "--no-legend": "noLegend", "--legend=false": "noLegend", "--plain": "plain", "--value": "valueOnly" },
};
const LISTS: Readonly<Record<string, "properties" | "types" | "states">> = {
  ...{ "-p": "properties", "--property": "properties", "-P": "properties" },
  ...{ "-t": "types", "--type": "types", "--state": "states" },
};

export function readSystemctl(argv: readonly string[]): SystemctlLine {
  const args: SystemctlArgs = {
    ...{ kind: "verb", verb: "", units: [], properties: [], types: [], states: [] },
    ...{ quiet: false, now: false, all: false, noLegend: false, plain: false, valueOnly: false },
  };
  const words: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--version") return { kind: "version" };
    const flag = named(FLAGS, word);
    const list = listOf(word);
    if (flag) args[flag] = true;
    else if (word === "--failed") args.states.push("failed");
    else if (list) {
      args[list.name].push(...(list.value ?? rest.shift() ?? "").split(","));
      if (word.startsWith("-P")) args.valueOnly = true;
    } else if (TAKES_VALUE.includes(word)) rest.shift();
    else if (!word.startsWith("-")) words.push(word);
    else if (!HARMLESS.test(word)) return { kind: "unknown", option: word };
  }
  const [verb = "list-units", ...units] = words;
  return { ...args, verb, units };
}

function listOf(word: string): { name: "properties" | "types" | "states"; value?: string } | undefined {
  const at = word.startsWith("--") ? word.indexOf("=") : word.startsWith("-") ? 2 : -1;
  const option = at < 0 ? word : word.slice(0, at);
  const name = named(LISTS, option);
  if (!name) return undefined;
  const value = at < 0 ? "" : word.slice(word.startsWith("--") ? at + 1 : at);
  return value === "" ? { name } : { name, value };
}
