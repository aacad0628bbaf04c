/** `lvs`, `vgs` and `pvs` of a node: options and output as of LVM 2.03. */
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { HEADS, REPORTS, RIGHT } from "./lvm-reports.ts";
import type { Asked } from "./stand-in.ts";

type Options = {
  columns: string[];
  noHeader: boolean;
  separator?: string;
  unit: string;
  suffix: boolean;
  json: boolean;
  where: string[];
};

export function lvmReport(asked: Asked): CommandOutcome {
  const report = REPORTS[asked.program];
  if (!report) return notSimulated([asked.program, ...asked.words].join(" "), NOT_SIMULATED);
  const options: Options = {
    columns: report.columns,
    noHeader: false,
    unit: "r",
    suffix: true,
    json: false,
    where: [],
  };
  const rest = [...asked.words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift())
    if (!apply(options, word, rest)) return notSimulated(`${asked.program} ${word}`, NOT_SIMULATED);
  const unknown = options.columns.find((name) => !Object.hasOwn(HEADS, name));
  if (unknown !== undefined) return failed(3, `  Unrecognised field: ${unknown}`);
  const all = report.rows(asked);
  const names = options.where.map((name) => name.replace(/^\/dev\/pve\//, "pve/"));
  const rows = all.filter(
    (row) =>
      names.length === 0 ||
      names.some(
        (name) => name === row["vg_name"] || name === `pve/${row["lv_name"]}` || name === row["pv_name"],
      ),
  );
  if (rows.length === 0)
    return failed(5, `  Volume group "${names[0]}" not found\n  Cannot process volume group ${names[0]}`);
  const cells = rows.map((row) => options.columns.map((name) => shown(row[name] ?? "", options)));
  if (options.json) return succeeded(asJson(asked.program, options.columns, cells));
  return succeeded(asText(cells, options));
}

function apply(options: Options, word: string, rest: string[]): boolean {
  const [name = "", inline] = word.startsWith("--") ? word.split("=", 2) : [word];
  const value = () => inline ?? rest.shift() ?? "";
  if (name === "-o" || name === "--options") {
    const chosen = value();
    const columns = chosen.replace(/^\+/, "").split(",");
    options.columns = chosen.startsWith("+") ? [...options.columns, ...columns] : columns;
  } else if (name === "--noheadings") options.noHeader = true;
  else if (name === "--separator") options.separator = value();
  else if (name === "--units") options.unit = value();
  else if (name === "--nosuffix") options.suffix = false;
  else if (name === "--reportformat") options.json = value().startsWith("json");
  else if (!name.startsWith("-")) options.where.push(name);
  else return ["-a", "--all", "-v", "--verbose", "--readonly"].includes(name);
  return true;
}

const POWERS = "bkmgt";

function shown(value: string | number, { unit, suffix }: Options): string {
  if (typeof value === "string") return value;
  const letter = unit.toLowerCase().slice(0, 1);
  const at = POWERS.indexOf(letter);
  const power = at >= 0 ? at : Math.min(Math.floor(Math.log(value) / Math.log(1024)), 4);
  const number = power === 0 ? String(value) : (value / 1024 ** power).toFixed(2);
  const isRounded = letter === "r" && value % 1024 ** power !== 0;
  const unitName = POWERS[power] ?? "";
  return `${isRounded ? "<" : ""}${number}${suffix ? unitName : ""}`;
}

function asText(cells: readonly string[][], { columns, noHeader, separator }: Options): string {
  const rows = [...(noHeader ? [] : [columns.map((name) => HEADS[name] ?? name)]), ...cells];
  if (separator !== undefined) return rows.map((row) => `  ${row.join(separator)}\n`).join("");
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const cell = (text: string, at: number) =>
    RIGHT.test(columns[at] ?? "") ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0);
  return rows.map((row) => `  ${row.map(cell).join(" ")}\n`).join("");
}

function asJson(program: string, columns: readonly string[], cells: readonly string[][]): string {
  const key = { lvs: "lv", vgs: "vg", pvs: "pv" }[program] ?? "lv";
  const rows = cells.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? ""])));
  return `${JSON.stringify({ report: [{ [key]: rows }] }, null, 2)}\n`;
}
