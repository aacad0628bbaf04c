/** `pvesh get`: the REST API from a shell, as a box-drawing table for people or as JSON for programs. */
import { badParameter, type ParsedOptions } from "../options.ts";
import { type CommandOutcome, failed, succeeded } from "../outcome.ts";
import { readResource } from "../rest.ts";
import type { Json } from "../rest-rows.ts";
import type { Run, Tool } from "./program.ts";

const FORMATS = ["text", "json", "json-pretty", "yaml"];

export const pvesh: Tool = {
  missing: ["create", "set", "delete", "ls", "usage"],
  subcommands: {
    get: {
      usage: "<api_path> [OPTIONS] [FORMAT_OPTIONS]",
      positional: ["api_path"],
      values: ["output-format", "type"],
      missing: ["human-readable", "noborder", "noheader", "noproxy", "quiet"],
      execute: get,
    },
  },
};

function get({ store }: Run, { positional: [path = ""], options }: ParsedOptions): CommandOutcome {
  const format = options["output-format"] ?? "text";
  if (!FORMATS.includes(format)) {
    throw badParameter(
      "output-format",
      `value '${format}' does not have a value in the enumeration '${FORMATS.join(", ")}'`,
    );
  }
  const data = readResource(store.state(), path);
  if (data === undefined) return failed(255, `No 'get' handler defined for '${path}'`);
  const shown = path.replace(/(?<!\/)\/+$/, "").endsWith("/cluster/resources")
    ? ofType(data, options["type"])
    : data;
  if (format === "json") return succeeded(`${JSON.stringify(shown)}\n`);
  if (format === "json-pretty") return succeeded(`${JSON.stringify(shown, null, 3)}\n`);
  if (format === "yaml") return failed(255, "lab: 'pvesh --output-format yaml' is not simulated");
  return succeeded(asTable(shown));
}

/** The filter of /cluster/resources: `vm` means guests of either kind. */
function ofType(data: Json, type: string | undefined): Json {
  if (type === undefined || !Array.isArray(data)) return data;
  const wanted = type === "vm" ? "qemu" : type;
  return data.filter(
    (row) => typeof row === "object" && row !== null && "type" in row && row["type"] === wanted,
  );
}

function asTable(data: Json): string {
  if (typeof data !== "object" || data === null) return `${data}\n`;
  const rows: Json[] = Array.isArray(data)
    ? data
    : Object.entries(data).map(([key, value]) => ({ key, value }));
  const records = rows.map((row) =>
    typeof row === "object" && row !== null && !Array.isArray(row) ? row : { value: row },
  );
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  if (!columns.includes("key")) columns.sort();
  if (columns.length === 0) return "";
  return draw(
    columns,
    records.map((record) => columns.map((column) => cell(record[column]))),
  );
}

function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function draw(columns: string[], rows: string[][]): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  /** Left end, filling, joint, right end. */
  const rule = ([left, fill = "", joint, right]: string) =>
    `${left}${widths.map((width) => fill.repeat(width + 2)).join(joint)}${right}\n`;
  const line = (cells: string[]) =>
    `│${cells.map((text, index) => ` ${text.padEnd(widths[index] ?? 0)} `).join("│")}│\n`;
  const body = rows.map(line).join(rule("├─┼┤"));
  return rule("┌─┬┐") + line(columns) + rule("╞═╪╡") + body + rule("└─┴┘");
}
