/**
 * What stands anywhere in a text of a playbook and acts or decides wherever it stands: templates, variables that tell
 * Ansible how to reach or run something, environments, and which handlers are notified.
 */
import { type ChangeRow, unclearRow } from "./change.ts";
import { rowOfCall } from "./playbook-lookups.ts";
import { isFields } from "./playbook-task.ts";
import { isOwnHost } from "./shell-hosts.ts";
import { isHarmlessEnvironment } from "./shell-variables.ts";
import { type TemplateCall, templateCalls } from "./template-calls.ts";

export type Scanned = {
  rows: ChangeRow[];
  notified: unknown[];
  isLocal: boolean;
  isRedirected: boolean;
  calls: Lookup[];
};
/** A lookup of a template: what it does stands in that file. */
export type Lookup = { file: string | undefined; title: string };

const EXPRESSIONS = /^(?:when|changed_when|failed_when|until|that|break_when|var)$/;
/** It becomes a word of the command line that logs in. */
const USER = /^[A-Za-z_][\w.@-]*$/;
/** What Ansible may be told by a variable without becoming another program. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  ansible_connection: /^(?:ssh|local|smart|paramiko)$/,
  ansible_user: USER,
  ansible_port: /^\d+$/,
  ansible_timeout: /^\d+$/,
  ansible_ssh_timeout: /^\d+$/,
  ansible_become: /./,
  ansible_become_user: USER,
  ansible_become_method: /^(?:sudo|su|doas)$/,
  ansible_python_interpreter:
    /^(?:\/usr\/(?:local\/)?bin\/python3?(?:\.\d+)?|auto(?:_silent|_legacy|_legacy_silent)?)$/,
  ansible_facts: /^$/,
};
/** How a play or a task gets to root; other words name programs. */
const KEYWORDS: Readonly<Record<string, RegExp>> = {
  become_method: /^(?:ansible\.builtin\.)?(?:sudo|su|doas)$/,
  become_user: USER,
  remote_user: USER,
  delegate_to: /^(?!-)/,
  register: /^(?!ansible_)/,
  become_exe: /^(?:sudo|su|doas)$/,
  become_flags: /^(?:-[EHiSnl]+ ?)*$/,
  connection: /^(?:ansible\.builtin\.)?(?:ssh|local|smart|paramiko|paramiko_ssh)$/,
  strategy: /^(?:ansible\.builtin\.)?(?:linear|free|host_pinned)$/,
  debugger: /^(?:never|False|false)$/,
  fact_path: /^$/,
};

export function scanTexts(document: unknown): Scanned {
  const scanned: Scanned = { rows: [], notified: [], isLocal: false, isRedirected: false, calls: [] };
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
    for (const call of templateCalls(key)) addCall(call, title, scanned);
    const problem = problemOf(key, value);
    if (problem !== undefined) scanned.rows.push(unclearRow(title, problem));
    if (/^(?:ansible_)?connection$/.test(key) && /local$/.test(String(value))) scanned.isLocal = true;
    const isElsewhere = key === "ansible_host" || (key === "ansible_connection" && value !== "local");
    if (isElsewhere && !at.key.endsWith("add_host")) scanned.isRedirected = true;
    if (key === "notify") scanned.notified.push(...[value].flat());
    walk(value, { key, title }, scanned);
  }
}

function problemOf(key: string, value: unknown): string | undefined {
  if (key === "environment") return environmentProblem(value);
  if (key === "ansible_host")
    return isOwnHost(String(value)) ? undefined : `${key} tells of a host that is not known`;
  if (key === "module_defaults" && !(isFields(value) && Object.keys(value).every(isDefaultsName)))
    return "module_defaults give arguments to modules that are not known";
  const allowed = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined;
  if (allowed && !allowed.test(String(value))) return `${key} may have something else run`;
  if (!/^ansible_\w+$/.test(key)) return undefined;
  const harmless = Object.hasOwn(VARIABLES, key) ? VARIABLES[key] : undefined;
  return harmless?.test(String(value)) ? undefined : `${key} tells Ansible to reach or run something else`;
}

/** A module, or all modules of a collection. */
function isDefaultsName(name: string): boolean {
  return /^(?:[\w.]+|group\/\w+\.\w+\.\w+)$/.test(name);
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
  for (const call of templateCalls(text, EXPRESSIONS.test(key))) addCall(call, title, scanned);
  for (const [, name = "", value] of text.matchAll(/(?:^|\s)(ansible_\w+)=(\S*)/g)) {
    const problem = problemOf(name, value);
    if (problem !== undefined) scanned.rows.push(unclearRow(title, problem));
    if (name === "ansible_connection") scanned.isLocal = true;
  }
  if (/(?:^|\s)(?:var|that)=/.test(text))
    for (const call of templateCalls(text.replaceAll(/(?:var|that)=["']?/g, " "), true))
      addCall(call, title, scanned);
  const plugin = /^with_(.+)$/.exec(key)?.[1];
  if (plugin !== undefined) addCall(callOfLoop(plugin, text), title, scanned);
}

/** `with_pipe: date` is a lookup of pipe. */
function callOfLoop(plugin: string, text: string): TemplateCall {
  return { kind: "lookup", plugin, args: /\{[{%]/.test(text) ? undefined : [text] };
}

function addCall(call: TemplateCall, title: string, { rows, calls }: Scanned) {
  if (call.kind === "lookup" && /^(?:ansible\.builtin\.)?template$/.test(call.plugin)) {
    const isPlain = call.args?.length === 1 && (call.named ?? []).length === 0;
    calls.push({ file: isPlain ? call.args?.[0] : undefined, title });
    return;
  }
  const row = rowOfCall(call, title);
  if (row) rows.push(row);
}
