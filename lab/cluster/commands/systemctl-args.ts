/** The command line of `systemctl`: one verb, units, and the options that the lab understands. */

export type SystemctlArgs = {
  kind: "verb";
  verb: string;
  units: string[];
  properties: string[];
  quiet: boolean;
  now: boolean;
  /** `--value`: only the values of properties. */
  valueOnly: boolean;
};

export type SystemctlLine = SystemctlArgs | { kind: "version" } | { kind: "unknown"; option: string };

const HARMLESS =
  /^(?:--no-pager|--no-legend|--plain|--full|-l|--all|-a|--no-block|--no-ask-password|--force|-f|--system|--(?:type|state|lines|output)=.+)$/;
const TAKES_VALUE = ["-n", "-t", "-o", "--type", "--state", "--lines", "--output"];

export function readSystemctl(argv: readonly string[]): SystemctlLine {
  const args: SystemctlArgs = {
    kind: "verb",
    verb: "",
    units: [],
    properties: [],
    quiet: false,
    now: false,
    valueOnly: false,
  };
  const words: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--version") return { kind: "version" };
    const property = /^(?:-p|--property=?)(.*)$/s.exec(word);
    if (property) args.properties.push(...(property[1] || rest.shift() || "").split(","));
    else if (word === "--quiet" || word === "-q") args.quiet = true;
    else if (word === "--now") args.now = true;
    else if (word === "--value") args.valueOnly = true;
    else if (TAKES_VALUE.includes(word)) rest.shift();
    else if (!word.startsWith("-")) words.push(word);
    else if (!HARMLESS.test(word)) return { kind: "unknown", option: word };
  }
  const [verb = "list-units", ...units] = words;
  return { ...args, verb, units };
}
