/** Answers of the API as Proxmox VE's tools show them (PVE/CLIFormatter.pm): tables for people, JSON and YAML for programs. */
import { badParameter, type OptionSpec } from "../options.ts";
import type { Json, Row } from "../state.ts";

/** Options of every command that formats its output. */
export const FORMAT_OPTIONS = {
  values: ["output-format"],
  flags: ["human-readable", "noborder", "noheader", "quiet"],
} as const satisfies Pick<OptionSpec, "values" | "flags">;

const FORMATS = ["text", "json", "json-pretty", "yaml"];

/** ParameterError for a format that it does not know. `columns`: what a table of rows shows, in this order, sorted by the first; all that there is without. */
export function printResult(
  data: Json,
  options: Readonly<Record<string, string>>,
  columns?: readonly string[],
): string {
  const format = options["output-format"] ?? "text";
  if (!FORMATS.includes(format))
    throw badParameter(
      "output-format",
      `value '${format}' does not have a value in the enumeration '${FORMATS.join(", ")}'`,
    );
  if (options["quiet"] === "1" || data === null) return "";
  if (format === "json") return `${JSON.stringify(canonical(data))}\n`;
  if (format === "json-pretty") return `${pretty(canonical(data))}\n`;
  if (format === "yaml") return `---\n${yaml(data, "")}`;
  return asText(data, options, columns);
}

/** Keys in their order, at every depth. */
export function canonical(value: Json): Json {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}

/** As Perl's JSON does it: three blanks a level, a blank on both sides of a colon. */
export function pretty(value: Json): string {
  return JSON.stringify(value, null, 3).replaceAll(/^( *"(?:[^"\\]|\\.)*"):/gm, "$1 :");
}

function yaml(data: Json, indent: string): string {
  if (typeof data !== "object" || data === null) return `${indent}${scalar(data)}\n`;
  const entries = Array.isArray(data)
    ? data.map((value): [string, Json] => ["-", value])
    : Object.entries(data)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, value]): [string, Json] => [`${scalar(key)}:`, value]);
  return entries.map(([head, value]) => yamlEntry(head, value, indent)).join("");
}

function yamlEntry(head: string, value: Json, indent: string): string {
  if (typeof value !== "object" || value === null) return `${indent}${head} ${scalar(value)}\n`;
  if (Object.keys(value).length === 0) return `${indent}${head} ${Array.isArray(value) ? "[]" : "{}"}\n`;
  if (head === "-") return `${indent}- ${yaml(value, `${indent}  `).slice(indent.length + 2)}`;
  return `${indent}${head}\n${yaml(value, Array.isArray(value) ? indent : `${indent}  `)}`;
}

function scalar(value: Json): string {
  if (value === null) return "~";
  const text = String(value);
  const isPlain = /^[\w/][\w ./@+-]*$/.test(text) && !/^(?:true|false|null|yes|no|[\d.]+)$/i.test(text);
  return typeof value !== "string" || isPlain ? text : `'${text.replaceAll("'", "''")}'`;
}

function asText(data: Json, options: Readonly<Record<string, string>>, columns?: readonly string[]): string {
  if (typeof data !== "object" || data === null) return `${data}\n`;
  if (!Array.isArray(data)) {
    const names = columns ?? Object.keys(data).sort();
    const rows = names.flatMap((key) => (data[key] === undefined ? [] : [{ key, value: data[key] }]));
    return table(rows, ["key", "value"], options);
  }
  if (data.length === 0) return "";
  const rows = data.map((row): Row => (isRow(row) ? row : { value: row }));
  if (!data.some(isRow)) return table(rows, ["value"], { ...options, noheader: "1" });
  return table(rows, columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))].sort(), options);
}

function isRow(value: Json): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(canonical(value)) : String(value);
}

function table(
  rows: readonly Row[],
  columns: readonly string[],
  options: Readonly<Record<string, string>>,
): string {
  const [first = ""] = columns;
  const compare = (one: string, other: string) =>
    /^\d+$/.test(one) && /^\d+$/.test(other) ? Number(one) - Number(other) : Number(one > other) || -1;
  const sorted = [...rows].sort((one, other) => compare(cell(one[first]), cell(other[first])));
  const cells = sorted.map((row) => columns.map((column) => cell(row[column]).split("\n")));
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...cells.flatMap((row) => row[at]?.map((line) => line.length) ?? [])),
  );
  const lines = cells.map((row) => {
    const height = Math.max(...row.map((part) => part.length));
    return Array.from({ length: height }, (_, line) => row.map((part) => part[line] ?? ""));
  });
  const head = options["noheader"] === "1" ? [] : [[...columns]];
  if (options["noborder"] === "1") return plain([...head, ...lines.flat()], widths);
  return bordered(head, lines, widths);
}

function plain(lines: string[][], widths: readonly number[]): string {
  const last = widths.length - 1;
  return lines
    .map((line) => line.map((text, at) => (at === last ? text : text.padEnd(widths[at] ?? 0))).join(" "))
    .map((line) => `${line}\n`)
    .join("");
}

function bordered(head: string[][], rows: string[][][], widths: readonly number[]): string {
  const rule = ([left, fill = "", joint, right]: string) =>
    `${left}${widths.map((width) => fill.repeat(width + 2)).join(joint)}${right}\n`;
  const line = (texts: string[]) =>
    `│${texts.map((text, at) => ` ${text.padEnd(widths[at] ?? 0)} `).join("│")}│\n`;
  const body = rows.map((row) => row.map(line).join("")).join(rule("├─┼┤"));
  return rule("┌─┬┐") + head.map((one) => line(one) + rule("╞═╪╡")).join("") + body + rule("└─┴┘");
}
