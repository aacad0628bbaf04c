/**
 * What stands anywhere in a text of a playbook and acts or decides wherever it stands: templates, variables that tell
 * Ansible how to reach or run something, environments, and which handlers are notified.
 */
import { type ChangeRow, unclearRow } from "./change.ts";
import { rowOfCall } from "./playbook-lookups.ts";
import { isFields } from "./playbook-task.ts";
import { isHarmlessEnvironment } from "./shell-variables.ts";
import { templateCalls } from "./template-calls.ts";

export type Scanned = { rows: ChangeRow[]; notified: unknown[]; isLocal: boolean };

const EXPRESSIONS = /^(?:when|changed_when|failed_when|until|that|break_when|var)$/;
/** What Ansible may be told by a variable without becoming another program. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  ansible_connection: /^(?:ssh|local|smart|paramiko)$/,
  ansible_user: /./,
  ansible_port: /^\d+$/,
  ansible_become: /./,
  ansible_become_user: /./,
  ansible_become_method: /^(?:sudo|su|doas)$/,
  ansible_python_interpreter:
    /^(?:\/usr\/(?:local\/)?bin\/python3?(?:\.\d+)?|auto(?:_silent|_legacy|_legacy_silent)?)$/,
  ansible_facts: /^$/,
};
/** How a play or a task gets to root; other words name programs. */
const KEYWORDS: Readonly<Record<string, RegExp>> = {
  become_method: /^(?:ansible\.builtin\.)?(?:sudo|su|doas)$/,
  become_exe: /^(?:sudo|su|doas)$/,
  become_flags: /^(?:-[EHiSnl]+ ?)*$/,
  connection: /^(?:ansible\.builtin\.)?(?:ssh|local|smart|paramiko|paramiko_ssh)$/,
  strategy: /^(?:ansible\.builtin\.)?(?:linear|free|host_pinned)$/,
  debugger: /^(?:never|False|false)$/,
  fact_path: /^$/,
};

export function scanTexts(document: unknown): Scanned {
  const scanned: Scanned = { rows: [], notified: [], isLocal: false };
  walk(document, { key: "", title: "variables" }, scanned);
  return scanned;
}

type At = { key: string; title: string };

function walk(value: unknown, at: At, scanned: Scanned): void {
  if (typeof value === "string") ofText(value, at, scanned);
  else if (Array.isArray(value)) for (const one of value) walk(one, at, scanned);
  else if (isFields(value)) ofFields(value, at, scanned);
}

function ofFields(fields: Readonly<Record<string, unknown>>, at: At, scanned: Scanned): void {
  const title = typeof fields["name"] === "string" ? fields["name"].slice(0, 200) : at.title;
  for (const [key, value] of Object.entries(fields)) {
    if (/\{[{%]/.test(key)) scanned.rows.push(unclearRow(title, "a name is made by a template"));
    for (const call of templateCalls(key)) addRow(rowOfCall(call, title), scanned);
    const problem = problemOf(key, value);
    if (problem !== undefined) scanned.rows.push(unclearRow(title, problem));
    if (/^(?:ansible_)?connection$/.test(key) && /local$/.test(String(value))) scanned.isLocal = true;
    if (key === "notify") scanned.notified.push(...[value].flat());
    walk(value, { key, title }, scanned);
  }
}

function problemOf(key: string, value: unknown): string | undefined {
  if (key === "environment") return environmentProblem(value);
  if (
    key === "module_defaults" &&
    !(isFields(value) && Object.keys(value).every((name) => !name.includes("/")))
  )
    return "module_defaults give arguments to modules that are not known";
  const allowed = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined;
  if (allowed && !allowed.test(String(value))) return `${key} may have something else run`;
  if (!/^ansible_\w+$/.test(key)) return undefined;
  const harmless = Object.hasOwn(VARIABLES, key) ? VARIABLES[key] : undefined;
  return harmless?.test(String(value)) ? undefined : `${key} tells Ansible to reach or run something else`;
}

function environmentProblem(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const all = [value].flat();
  if (!all.every(isFields)) return "its environment is not known before it runs";
  const bad = all
    .flatMap((one) => Object.entries(one))
    .find(([name, setting]) => !isHarmlessEnvironment(name, String(setting)));
  return bad && `${bad[0]} in its environment may change what a program does`;
}

function ofText(text: string, { key, title }: At, scanned: Scanned): void {
  for (const call of templateCalls(text, EXPRESSIONS.test(key))) addRow(rowOfCall(call, title), scanned);
  const plugin = /^with_(.+)$/.exec(key)?.[1];
  if (plugin !== undefined) addRow(rowOfLoop(plugin, text, title), scanned);
}

/** `with_pipe: date` is a lookup of pipe. */
function rowOfLoop(plugin: string, text: string, title: string): ChangeRow | undefined {
  const args = /\{[{%]/.test(text) ? undefined : [text];
  return rowOfCall({ kind: "lookup", plugin, args }, title);
}

function addRow(row: ChangeRow | undefined, { rows }: Scanned): void {
  if (row) rows.push(row);
}
