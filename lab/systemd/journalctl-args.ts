/** The command line of `journalctl`, as far as the lab understands it. */
import { named } from "../cluster/named.ts";

export type JournalArgs = {
  units: string[];
  identifiers: string[];
  lines: number | undefined;
  /** Counted from the present one, 0. */
  boot: number | undefined;
  since: number | undefined;
  until: number | undefined;
  output: string;
  /** The least and the greatest that are shown. */
  priorities: readonly [number, number];
  pattern: string | undefined;
  kernel: boolean;
  reverse: boolean;
  quiet: boolean;
  follow: boolean;
  action: "show" | "usage" | "boots" | "vacuum" | "flush" | "version";
};

const PRIORITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
const IGNORED =
  "--no-pager -x --catalog -e --pager-end -a --all -l --full -m --merge --no-hostname --system --utc --no-full".split(
    " ",
  );
const VALUES: Readonly<Record<string, string>> = {
  ...{
    "-u": "unit",
    "--unit": "unit",
    "-t": "identifier",
    "--identifier": "identifier",
    "-n": "lines",
    "--lines": "lines",
  },
  ...{
    "-S": "since",
    "--since": "since",
    "-U": "until",
    "--until": "until",
    "-o": "output",
    "--output": "output",
  },
  ...{
    "-p": "priority",
    "--priority": "priority",
    "-g": "grep",
    "--grep": "grep",
    "-b": "boot",
    "--boot": "boot",
  },
};
const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/** In words what is wrong with it. */
export function readJournalctl(words: readonly string[], now: number): JournalArgs | string {
  const args: JournalArgs = {
    ...{ units: [], identifiers: [], lines: undefined, boot: undefined, since: undefined, until: undefined },
    ...{
      output: "short",
      priorities: [0, 7],
      pattern: undefined,
      kernel: false,
      reverse: false,
      quiet: false,
    },
    ...{ follow: false, action: "show" },
  };
  const rest = words.flatMap((word) =>
    /^-[xefrqakl]{2,}$/.test(word) ? [...word.slice(1)].map((c) => `-${c}`) : [word],
  );
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const at = word.startsWith("--") ? word.indexOf("=") : /^-[unptogSUb]./.test(word) ? 2 : -1;
    const option = at < 0 ? word : word.slice(0, at);
    const inline = at < 0 ? undefined : word.slice(word.startsWith("--") ? at + 1 : 2);
    const name = named(VALUES, option);
    if (name === "boot")
      args.boot = Number(inline ?? (/^-?\d+$/.test(rest[0] ?? "") ? rest.shift() : 0)) || 0;
    else if (name === "lines")
      args.lines = Number(inline ?? (/^\d+$/.test(rest[0] ?? "") ? rest.shift() : 10));
    else if (name) {
      const problem = take(args, name, { value: inline ?? rest.shift() ?? "", now });
      if (problem) return problem;
    } else if (!flag(args, option)) return `journalctl: unrecognized option '${word}'`;
  }
  return args;
}

function flag(args: JournalArgs, option: string): boolean {
  if (option === "-k" || option === "--dmesg") args.kernel = true;
  else if (option === "-r" || option === "--reverse") args.reverse = true;
  else if (option === "-q" || option === "--quiet") args.quiet = true;
  else if (option === "-f" || option === "--follow") args.follow = true;
  else if (option === "--disk-usage") args.action = "usage";
  else if (option === "--list-boots") args.action = "boots";
  else if (option === "--version") args.action = "version";
  else if (option.startsWith("--vacuum-")) args.action = "vacuum";
  else if (["--flush", "--rotate", "--sync", "--verify"].includes(option)) args.action = "flush";
  else return IGNORED.includes(option);
  return true;
}

function take(args: JournalArgs, name: string, { value, now }: { value: string; now: number }): string {
  if (name === "unit") args.units.push(value);
  else if (name === "identifier") args.identifiers.push(value);
  else if (name === "output") args.output = value;
  else if (name === "grep") args.pattern = value;
  else if (name === "priority") {
    const [from, to] = value
      .split("..")
      .map((word) =>
        /^[0-7]$/.test(word) ? Number(word) : PRIORITIES.indexOf(word.replace(/^error$/, "err")),
      );
    if (from === undefined || from < 0 || to === -1) return `Unknown log level ${value}`;
    args.priorities = to === undefined ? [0, from] : [from, to];
  } else {
    const time = momentOf(value, now);
    if (time === undefined) return `Failed to parse timestamp: ${value}`;
    args[name === "since" ? "since" : "until"] = time;
  }
  return "";
}

function momentOf(text: string, now: number): number | undefined {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const words: Readonly<Record<string, number>> = {
    now,
    today,
    yesterday: today - DAY_MS,
    tomorrow: today + DAY_MS,
  };
  if (Object.hasOwn(words, text)) return words[text];
  const ago = /^-?(\d{1,9}) ?([a-z])[a-z]{0,10}(?: ago)?$/.exec(text);
  if (ago) return now - Number(ago[1]) * (named(UNITS_MS, ago[2] ?? "") ?? Number.NaN) || undefined;
  if (/^@\d{1,12}$/.test(text)) return Number(text.slice(1)) * 1000;
  if (/^\d\d:\d\d(?::\d\d)?$/.test(text))
    return Date.parse(`${new Date(today).toISOString().slice(0, 10)}T${text}Z`);
  const time = Date.parse(`${text.replace(" ", "T")}${text.includes(":") ? "Z" : ""}`);
  return Number.isNaN(time) ? undefined : time;
}
