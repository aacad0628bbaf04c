/** What a playbook of the workspace does, for people and models: its texts, gathered within bounds, handed to the judge. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import type { Change } from "../governance/change.ts";
import type { Workspace } from "../host/files/paths.ts";
import type { PlayOptions } from "./ansible-arguments.ts";
import { findInventory } from "./ansible-inventory.ts";
import { findPlaybook } from "./ansible-playbook.ts";
import { type Identity, identitiesOf, identityLines, MAX_TEXT_CHARS, propose } from "./proposal.ts";
import type { Proposal, ToolContext } from "./tool.ts";
import { linkBelow, type TreeFile, treeOf } from "./tree-texts.ts";

const CONFIG = "/app/config";
const INFRA = "/app/infra";
const DOCS = "/app/docs";
const MAX_LINES = 40;
/** In place of what is no plain file, or too long to be looked through: no parser takes it. */
const UNREAD = "\u0000";
/** Only their names count. */
const PROGRAMS = /\/(?:library|module_utils|[a-z]+_plugins)\//;

/** A line for each thing that is more than reading, what is of high risk in it, and how much only reads. */
export async function describePlaybook(workspace: Workspace, playbook: string): Promise<string> {
  const { effect, rows } = await changeOf(await plainTree(workspace), { playbook });
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

/** AppError `not_allowed` for a link: what lies behind it would run, or be written, without having been looked at. */
async function plainTree(workspace: Workspace): Promise<TreeFile[]> {
  const files = await treeOf(workspace[CONFIG], CONFIG);
  const odd = files.find(({ isPlain }) => !isPlain)?.path ?? (await linkBelow(workspace[DOCS], DOCS));
  if (odd === undefined) return files;
  throw new AppError(
    "not_allowed",
    `${odd} is no plain file: a play needs plain files. Put a copy in its place.`,
  );
}

function oneLine(text: string): string {
  const line = text.slice(0, 200).replaceAll(/\s/g, " ");
  return line.length < text.length ? `${line}…` : line;
}

type Judged = { playbook: string; extraVars?: Record<string, unknown>; isChecked?: boolean };

async function changeOf(files: readonly TreeFile[], judged: Judged): Promise<Change> {
  // its parser of YAML is loaded by those alone who ask
  const { changeOfPlaybook } = await import("../governance/playbook.ts");
  const texts = files.map(({ path, text }) => [path, PROGRAMS.test(path) ? "" : (text ?? UNREAD)] as const);
  return changeOfPlaybook({ ...judged, files: new Map(texts) });
}

/**
 * The run of a playbook as a change: everything that it can read in the workspace, its variables, and who its hosts are. A
 * limit leaves out hosts by names that Ansible resolves, so all of them count.
 */
export async function proposePlay(args: PlayOptions, context: ToolContext): Promise<Proposal> {
  const { workspace, nodes, redactor } = context;
  const playbook = await findPlaybook(workspace, args.playbook);
  const inventory = args.inventory && (await findInventory(workspace, args.inventory));
  const config = await plainTree(workspace);
  const others = await treeOf(workspace[INFRA], INFRA);
  const { extra_vars: extraVars = {}, check = false } = args;
  const change = await changeOf(config, { playbook, extraVars, isChecked: check });
  const hosts = await identitiesOf(
    context,
    nodes.nodes.map(({ name }) => name),
  );
  const { limit, tags, diff = false } = args;
  const given = { playbook, inventory, limit, tags, check, diff, extraVars };
  const named = ["run_ansible", given, hosts, namesOf(config), namesOf(others), await versionsOf(context)];
  const content = redactor(contentOf(given, hosts, config).slice(0, MAX_TEXT_CHARS + 1));
  const title = redactor(`run_ansible ${playbook}${check ? " (check)" : ""}${limit ? ` on ${limit}` : ""}`);
  return propose({ named, change, title, content, unshown: redactor(whyUnshown(config)) }, context);
}

/** Of Ansible and its collections, as they were brought. */
async function versionsOf({ env }: ToolContext): Promise<string> {
  const programs = env["MINILAB_PROGRAMS"];
  return programs ? await readFile(join(programs, "ansible", "stamp"), "utf8").catch(() => "") : "";
}

function namesOf(files: readonly TreeFile[]): string[] {
  return files.map(({ path, digest }) => `${path} ${digest}`);
}

function contentOf(given: object, hosts: readonly Identity[], files: readonly TreeFile[]): string {
  const texts = files.flatMap(({ path, text }) => (text === undefined ? [] : [`==== ${path}\n${text}`]));
  return [`Arguments: ${JSON.stringify(given)}`, identityLines(hosts), ...texts].join("\n\n");
}

/** Places whose files are no part of what is shown, and may be others when they are read. */
const ELSEWHERE = ["/app/docs", "/app/infra", "/tmp/", "../", ".git/", ".terraform/"];

function whyUnshown(files: readonly TreeFile[]): string {
  const unread = files.find(({ text }) => text === undefined);
  if (unread) return `${unread.path} is no text that can be shown.`;
  for (const place of ELSEWHERE) {
    const naming = files.find(({ text }) => text?.includes(place));
    if (naming) return `${naming.path} names ${place}, whose files are no part of it.`;
  }
  return "";
}
