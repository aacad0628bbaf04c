/** What a playbook of the workspace does, for people and models: its texts, gathered within bounds, handed to the judge. */
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { isAppError } from "../base/errors.ts";
import type { Workspace } from "../host/files/paths.ts";
import { readPlainFile } from "./plain-file.ts";

const CONFIG = "/app/config";
const MAX_FILES = 2_000;
const MAX_FILE_BYTES = 100_000;
const MAX_LINES = 40;
/** In place of what is no plain file, or too long to be looked through: no parser takes it. */
const UNREAD = "\u0000";
/** Only their names count. */
const PROGRAMS = /\/(?:library|module_utils|[a-z]+_plugins)\//;

/** A line for each thing that is more than reading, what is of high risk in it, and how much only reads. */
export async function describePlaybook(workspace: Workspace, playbook: string): Promise<string> {
  // its parser of YAML is loaded by those alone who ask
  const { changeOfPlaybook } = await import("../governance/playbook.ts");
  const { effect, rows } = changeOfPlaybook({ playbook, files: await textsOf(workspace) });
  const more = rows.filter((row) => row.effect !== "read");
  const lines = more.slice(0, MAX_LINES).map(({ action, what, details, where, hosts, risks }) => {
    const place = where === "host" ? `on ${hosts || "hosts"}` : `in the ${where}`;
    const kinds = [...new Set(risks.map(({ kind }) => kind))].join(", ");
    return `  ${action} ${what} ${place}${details ? `: ${oneLine(details)}` : ""}${kinds && ` [high risk: ${kinds}]`}`;
  });
  if (more.length > MAX_LINES) lines.push(`  ... and ${more.length - MAX_LINES} more`);
  const rest = rows.length - more.length;
  return [`Effect: ${effect}. ${rest} of ${rows.length} things only read.`, ...lines].join("\n");
}

function oneLine(text: string): string {
  const line = text.slice(0, 200).replaceAll(/\s/g, " ");
  return line.length < text.length ? `${line}…` : line;
}

/** By their names as ansible sees them. */
async function textsOf(workspace: Workspace): Promise<ReadonlyMap<string, string>> {
  const base = workspace[CONFIG];
  const entries = await readdir(base, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !`${entry.parentPath}/`.includes("/.git/"))
    .map((entry) => relative(base, join(entry.parentPath, entry.name)))
    .sort();
  const texts = new Map<string, string>();
  for (const name of names.slice(0, MAX_FILES)) {
    const path = `${CONFIG}/${name}`;
    texts.set(path, PROGRAMS.test(path) ? "" : await textOf(join(base, name)));
  }
  if (names.length > MAX_FILES) texts.set(`${CONFIG}/group_vars/unread.yml`, UNREAD);
  return texts;
}

async function textOf(file: string): Promise<string> {
  try {
    return String((await readPlainFile(file, MAX_FILE_BYTES)) ?? "");
  } catch (error) {
    if (!isAppError(error, "conflict")) throw error;
    return UNREAD;
  }
}
