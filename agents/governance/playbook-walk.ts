/** The walk through a playbook and all that belongs to it: blocks, roles, includes and handlers, each where it is carried out. */
import { posix } from "node:path";
import { type ChangeRow, unclearRow } from "./change.ts";
import { rowsOfTask } from "./playbook-judge.ts";
import { scanTexts } from "./playbook-scan.ts";
import { type Scope, within } from "./playbook-scope.ts";
import { type Called, type Fields, isFields, readTask } from "./playbook-task.ts";
import type { PlaybookTexts } from "./playbook-texts.ts";
import type { Item, KnownValues } from "./playbook-values.ts";

const MAX_DEPTH = 30;
const MAX_STEPS = 4_000;
const INCLUDES = /^(?:include|include_tasks|import_tasks)$/;
const ROLES = /^(?:include_role|import_role)$/;

export class PlaybookWalk {
  readonly rows: ChangeRow[] = [];
  readonly #texts: PlaybookTexts;
  readonly #values: KnownValues;
  readonly #seen = new Set<string>();
  readonly #notified: unknown[] = [];
  readonly #handlers: { task: Fields; scope: Scope }[] = [];
  #steps = 0;
  #isDynamic = false;
  isLocal = false;

  constructor(texts: PlaybookTexts, values: KnownValues) {
    this.#texts = texts;
    this.#values = values;
  }

  /** The document; what acts in it wherever it stands is told once. RangeError when there is too much. */
  open(path: string): unknown {
    const { value, problem } = this.#texts.parse(path);
    if (this.#seen.has(path)) return value;
    this.#seen.add(path);
    if (problem !== undefined) this.unclear(path, problem);
    const { rows, notified, isLocal } = scanTexts(value);
    this.rows.push(...rows);
    this.#notified.push(...notified);
    this.isLocal ||= isLocal;
    return value;
  }

  unclear(what: string, reason: string) {
    this.rows.push(unclearRow(what, reason));
  }

  tasks(list: unknown, scope: Scope) {
    if (list === undefined || list === null) return;
    if (!Array.isArray(list)) return this.unclear("tasks", "are no list");
    if (scope.depth > MAX_DEPTH) throw new RangeError("too deep");
    for (const task of list) {
      if (++this.#steps > MAX_STEPS) throw new RangeError("too many tasks");
      if (isFields(task)) this.#task(task, within(scope, task));
      else this.unclear("tasks", "one of them is no task");
    }
  }

  /** To be looked at when it is known which of them are notified. */
  handlers(list: unknown, scope: Scope) {
    if (list === undefined || list === null) return;
    if (!Array.isArray(list) || !list.every(isFields))
      return this.unclear("handlers", "are no list of tasks");
    for (const task of list) this.#handlers.push({ task, scope });
  }

  finish() {
    for (let rest = this.#handlers.length; rest > 0; rest = this.#handlers.length) {
      const due = this.#handlers.filter(({ task }) => this.#isNotified(task));
      const later = this.#handlers.filter(({ task }) => !this.#isNotified(task));
      this.#handlers.length = 0;
      for (const { task, scope } of due) this.tasks([task], scope);
      if (due.length === 0) break;
      this.#handlers.push(...later);
    }
    const written = this.rows.find(
      ({ where, details = "" }) => where === "workspace" && !/^\/(?:app\/docs|tmp)\//.test(details),
    );
    if (written && this.#isDynamic) this.unclear(written.what, "may write what is included later");
  }

  #isNotified(task: Fields): boolean {
    const names = [task["name"], task["listen"]].flat().filter((name) => typeof name === "string");
    return (
      names.length === 0 ||
      task["block"] !== undefined ||
      this.#notified.some(
        (notified) =>
          typeof notified !== "string" ||
          /\{[{%]/.test(notified) ||
          names.some((name) => notified.endsWith(name)),
      )
    );
  }

  #task(task: Fields, scope: Scope) {
    if (["block", "rescue", "always"].some((key) => task[key] !== undefined)) {
      const inner = { ...scope, depth: scope.depth + 1 };
      for (const key of ["block", "rescue", "always"]) this.tasks(task[key], inner);
      return;
    }
    const called = readTask(task);
    if (typeof called === "string") return this.unclear(String(task["name"] ?? "a task"), called);
    if (called.isShort && scope.isForeign) return this.unclear(called.what, "its module may be anybody's");
    if (INCLUDES.test(called.module)) return this.#include(called, scope);
    if (ROLES.test(called.module)) return this.#includeRole(called, scope);
    if (called.module === "include_vars") this.#includeVariables(called, scope);
    const args = { ...scope.defaults[called.module], ...called.args };
    const target = called.isLocalAction
      ? { hosts: "localhost", places: ["controller"] as const }
      : scope.target;
    const items = this.#values.itemsOf(task);
    this.rows.push(...rowsOfTask({ ...called, args }, { target, expand: this.#expander(items) }));
  }

  #expander(items: readonly Item[] | undefined) {
    return (text: string) => this.#values.expand(text, items);
  }

  #include({ what, module, args }: Called, scope: Scope) {
    this.#isDynamic ||= module !== "import_tasks";
    const file = args["file"] ?? args["_raw_params"];
    if (typeof file !== "string" || file.includes("{{"))
      return this.unclear(what, "includes tasks that are not known before it runs");
    const found = this.#find(file, scope);
    if (found.length === 0) this.unclear(what, `includes ${file}, which is not there`);
    const apply = isFields(args["apply"]) ? within(scope, args["apply"]) : scope;
    for (const path of found)
      this.tasks(this.open(path), { ...apply, folder: posix.dirname(path), depth: scope.depth + 1 });
  }

  #find(file: string, { folder, playbookFolder }: Scope): string[] {
    const folders = [
      folder,
      posix.join(folder, "../tasks"),
      playbookFolder,
      posix.join(playbookFolder, "tasks"),
    ];
    return this.#texts.existing(file.startsWith("/") ? [file] : folders.map((one) => posix.join(one, file)));
  }

  #includeRole({ what, module, args }: Called, scope: Scope) {
    this.#isDynamic ||= module === "include_role";
    const { name, role, tasks_from: from, apply } = args;
    if ((from !== undefined && typeof from !== "string") || String(from).includes("{{"))
      return this.unclear(what, "includes tasks that are not known before it runs");
    this.role(name ?? role, isFields(apply) ? within(scope, apply) : scope, from);
  }

  #includeVariables({ what, args }: Called, scope: Scope) {
    this.#isDynamic = true;
    const file = args["file"] ?? args["_raw_params"];
    if (typeof file !== "string" || file.includes("{{"))
      return this.unclear(what, "includes variables that are not known before it runs");
    this.variables(file, scope);
  }

  /** A file of variables, which has templates that are filled in wherever one of them is used. */
  variables(file: string, scope: Scope) {
    const { folder } = scope;
    const found = [
      ...this.#find(file, scope),
      ...this.#texts.existing([posix.join(folder, "../vars", file), posix.join(folder, "vars", file)]),
    ];
    if (found.length === 0) this.unclear(file, "has variables, and is not there");
    for (const path of found) this.open(path);
  }

  role(name: unknown, scope: Scope, from = "main") {
    if (typeof name !== "string" || !/^[\w.-]+$/.test(name))
      return this.unclear("a role", `its name is not known: ${String(name).slice(0, 80)}`);
    const folders = this.#texts.roleFolders(name, scope.playbookFolder);
    if (folders.length === 0) return this.unclear(`role ${name}`, "is not there to be looked through");
    for (const folder of folders) this.#roleIn(folder, from, { ...scope, depth: scope.depth + 1 });
  }

  #roleIn(role: string, from: string, scope: Scope) {
    const plugins = this.#texts.pluginsIn(role);
    if (plugins.length > 0) this.unclear(role, `brings programs of its own: ${plugins[0]}`);
    for (const part of ["defaults", "vars"])
      for (const path of this.#texts.below(posix.join(role, part), /./)) this.open(path);
    const names = (part: string, file: string) =>
      this.#texts.existing(["", ".yml", ".yaml"].map((end) => posix.join(role, part, file + end)));
    for (const path of names("meta", "main")) {
      const meta = this.open(path);
      const needed = isFields(meta) ? meta["dependencies"] : undefined;
      for (const one of [needed ?? []].flat()) this.roleEntry(one, scope);
    }
    for (const path of this.#texts.below(posix.join(role, "handlers")))
      this.handlers(this.open(path), { ...scope, folder: posix.dirname(path) });
    const found = names("tasks", from);
    if (found.length === 0 && from !== "main") this.unclear(role, `has no tasks ${from}`);
    for (const path of found) this.tasks(this.open(path), { ...scope, folder: posix.dirname(path) });
  }

  /** As it stands in a list of roles. */
  roleEntry(entry: unknown, scope: Scope) {
    if (!isFields(entry)) return this.role(entry, scope);
    const from = entry["tasks_from"];
    this.role(
      entry["role"] ?? entry["name"],
      within(scope, entry),
      typeof from === "string" ? from : undefined,
    );
  }
}
