/** One task as Ansible reads it: which module it calls, with which arguments, in all the spellings that there are. */
import { type Arguments, moduleName } from "./playbook-modules.ts";
import { splitWords } from "./shell-task.ts";

export type Fields = Readonly<Record<string, unknown>>;
export type Called = {
  /** As people find it in the playbook. */
  what: string;
  module: string;
  /** Without a collection before it. */
  isShort: boolean;
  args: Arguments;
  isLocalAction: boolean;
};

/** What Ansible itself reads of a task, a block or an include (docs.ansible.com, playbooks_keywords). */
const KEYWORDS = new Set(
  "action any_errors_fatal args async become become_exe become_flags become_method become_user changed_when check_mode collections connection debugger delay delegate_facts delegate_to diff environment failed_when ignore_errors ignore_unreachable listen local_action loop loop_control module_defaults name no_log notify poll port register remote_user retries run_once tags throttle timeout until vars when block rescue always".split(
    " ",
  ),
);
/** Modules with a text of their own; of the text these are arguments all the same. */
const FREE = new Set(
  "command shell raw script expect meta include_vars include_tasks import_tasks import_playbook include_role import_role win_command win_shell".split(
    " ",
  ),
);
const FREE_OPTIONS = /^(?:creates|removes|chdir|executable|warn|stdin|stdin_add_newline|strip_empty_ends)=/;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A sentence when it is not clear what it calls. */
export function readTask(task: Fields): Called | string {
  const names = Object.keys(task).filter((key) => !KEYWORDS.has(key) && !key.startsWith("with_"));
  const spelled = ["action", "local_action"].filter((key) => task[key] !== undefined);
  if (names.length + spelled.length !== 1)
    return `calls ${names.length === 0 ? "nothing" : names.join(" and ")}`;
  const [name = ""] = names;
  const [action] = spelled;
  const call = action === undefined ? { name, given: task[name] } : ofAction(task[action]);
  if (typeof call === "string") return call;
  if (!/^[a-z_][\w.]*$/.test(call.name)) return `calls ${call.name}, which is no module's name`;
  const module = moduleName(call.name);
  const args = argumentsOf(module, call.given, task["args"]);
  if (typeof args === "string") return args;
  const title = typeof task["name"] === "string" ? `${task["name"]} (${call.name})` : call.name;
  return {
    what: title.slice(0, 200),
    module,
    isShort: !call.name.includes("."),
    args,
    isLocalAction: action === "local_action",
  };
}

function ofAction(value: unknown): { name: string; given: unknown } | string {
  if (isFields(value)) {
    const { module, ...given } = value;
    return typeof module === "string" ? ofWords(module, given) : "names no module";
  }
  return typeof value === "string" ? ofWords(value, {}) : "names no module";
}

/** `copy src=a dest=b`, also beside arguments that are named. */
function ofWords(text: string, more: Fields): { name: string; given: unknown } {
  const at = text.trimStart().search(/\s/);
  const name = at === -1 ? text.trim() : text.trimStart().slice(0, at);
  const rest = at === -1 ? "" : text.trimStart().slice(at + 1);
  if (rest.trim() === "") return { name, given: more };
  return { name, given: Object.keys(more).length === 0 ? rest : { ...more, _raw_params: rest } };
}

function argumentsOf(module: string, given: unknown, more: unknown): Arguments | string {
  if (more !== undefined && more !== null && !isFields(more))
    return "has arguments that are not known before it runs";
  const extra = isFields(more) ? more : {};
  if (extra["_raw_params"] !== undefined) return "has arguments that are not understood";
  if (given === null || given === undefined) return extra;
  if (isFields(given)) return { ...extra, ...given };
  if (typeof given !== "string") return "has arguments that are not understood";
  if (FREE.has(module)) return { ...extra, ...freeForm(given) };
  const named = namedWords(given);
  return named ? { ...extra, ...named } : "has arguments that are not understood";
}

/** The text of a command, without the options that Ansible takes out of it. */
function freeForm(text: string): Arguments {
  const options: Record<string, unknown> = {};
  const words = text.split(/(?<=\s)|(?=\s)/);
  const rest = words.filter((word) => {
    if (!FREE_OPTIONS.test(word)) return true;
    const at = word.indexOf("=");
    options[word.slice(0, at)] = word.slice(at + 1);
    return false;
  });
  return { ...options, _raw_params: rest.join("").trim() };
}

/** `a=b c="d e"`. Undefined for a word that is none of these. */
function namedWords(text: string): Arguments | undefined {
  const joined = text.replaceAll(/\{\{[^{}]{0,300}\}\}/g, (part) => part.replaceAll(/[\s'"]/g, ""));
  const words = splitWords(joined);
  if (!words?.every((word) => /^[A-Za-z_]\w*=/.test(word))) return undefined;
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
  );
}
