/** The walk through a playbook and all that belongs to it: blocks, roles, includes and handlers, each where it is carried out. */
import { posix } from "node:path";
import { rowsOfTask } from "./playbook-judge.ts";
import type { Judging } from "./playbook-judging.ts";
import { type PlaybookReading, taskList } from "./playbook-reading.ts";
import { defaultsFor, type Scope, within } from "./playbook-scope.ts";
import { type Called, type Fields, isFields, readTask } from "./playbook-task.ts";
import type { KnownValues } from "./playbook-values.ts";

const MAX_DEPTH = 30;
const MAX_STEPS = 4_000;
const INCLUDES = /^(?:include|include_tasks|import_tasks)$/;
const ROLES = /^(?:include_role|import_role)$/;

export class PlaybookWalk {
  readonly #reading: PlaybookReading;
  readonly #values: KnownValues;
  readonly #handlers: { task: Fields; scope: Scope }[] = [];
  #steps = 0;

  constructor(reading: PlaybookReading, values: KnownValues) {
    this.#reading = reading;
    this.#values = values;
  }

  /** RangeError when there are too many, or too deep. */
  tasks(list: unknown, scope: Scope) {
    const tasks = taskList(list);
    if (!tasks) return this.#reading.unclear("tasks", "are no list of tasks");
    if (scope.depth > MAX_DEPTH) throw new RangeError("too deep");
    for (const task of tasks) {
      if (++this.#steps > MAX_STEPS) throw new RangeError("too many tasks");
      this.#task(task, within(scope, task), scope);
    }
  }

  /** To be looked at when it is known which of them are notified. */
  handlers(list: unknown, scope: Scope) {
    const tasks = taskList(list);
    if (!tasks) return this.#reading.unclear("handlers", "are no list of tasks");
    for (const task of tasks) this.#handlers.push({ task, scope });
  }

  /** Handlers may notify, and include, others. */
  finish() {
    const due = this.#handlers.filter(({ task }) => this.#reading.isNotified(task));
    if (due.length === 0) return;
    const rest = this.#handlers.filter(({ task }) => !this.#reading.isNotified(task));
    this.#handlers.splice(0, Number.POSITIVE_INFINITY, ...rest);
    for (const { task, scope } of due) this.tasks([task], scope);
    this.finish();
  }

  #task(task: Fields, scope: Scope, outer: Scope) {
    if (["block", "rescue", "always"].some((key) => task[key] !== undefined)) {
      const inner = { ...scope, depth: scope.depth + 1 };
      for (const key of ["block", "rescue", "always"]) this.tasks(task[key], inner);
      return;
    }
    const called = readTask(task);
    if (typeof called === "string") return this.#reading.unclear(String(task["name"] ?? "a task"), called);
    if (!isAnsibles(called, scope)) return this.#reading.unclear(called.what, "its module may be anybody's");
    // of what is included on the way the keywords are none but its variables
    const inner = called.module.startsWith("import_") ? scope : within(outer, { vars: task["vars"] });
    if (INCLUDES.test(called.module)) return this.#include(called, task, inner);
    if (ROLES.test(called.module)) return this.#includeRole(called, inner);
    if (called.module === "include_vars") this.#includeVariables(called, scope);
    const args = { ...defaultsFor(called.module, scope), ...called.args };
    if (called.module === "template") this.#reading.template(args["src"], scope.folder, called.what);
    this.#reading.rows.push(...rowsOfTask({ ...called, args }, this.#judging(task, called, scope)));
  }

  #judging(task: Fields, called: Called, scope: Scope): Judging {
    const items = this.#values.itemsOf(task);
    return {
      target: called.isLocalAction ? { hosts: "localhost", places: ["controller"] } : scope.target,
      isChecked: scope.isChecked,
      expand: (text) => this.#values.expand(text, items),
      sent: (file) => {
        const [text, ...others] = this.#reading.texts.beside("files", file, scope.folder);
        return others.length === 0 ? text : undefined;
      },
    };
  }

  #include({ what, module, args }: Called, task: Fields, scope: Scope) {
    this.#reading.isDynamic ||= module !== "import_tasks";
    const file = args["file"] ?? args["_raw_params"];
    const files =
      typeof file === "string" ? this.#values.expand(file, this.#values.itemsOf(task)) : undefined;
    if (!files) return this.#reading.unclear(what, "includes tasks that are not known before it runs");
    const found = files.flatMap((one) => this.#find(one, scope));
    if (found.length < files.length) this.#reading.unclear(what, `includes ${file}, which is not there`);
    const apply = isFields(args["apply"]) ? within(scope, args["apply"]) : scope;
    for (const path of found)
      this.tasks(this.#reading.open(path), { ...apply, folder: posix.dirname(path), depth: scope.depth + 1 });
  }

  #find(file: string, { folder, playbookFolder }: Scope): string[] {
    const folders = [
      folder,
      posix.join(folder, "../tasks"),
      playbookFolder,
      posix.join(playbookFolder, "tasks"),
    ];
    return this.#reading.texts.existing(
      file.startsWith("/") ? [file] : folders.map((one) => posix.join(one, file)),
    );
  }

  #includeRole({ what, module, args }: Called, scope: Scope) {
    this.#reading.isDynamic ||= module === "include_role";
    const { name, role, tasks_from: from, apply } = args;
    if ((from !== undefined && typeof from !== "string") || String(from).includes("{{"))
      return this.#reading.unclear(what, "includes tasks that are not known before it runs");
    this.role(name ?? role, isFields(apply) ? within(scope, apply) : scope, from);
  }

  #includeVariables({ what, args }: Called, scope: Scope) {
    this.#reading.isDynamic = true;
    const file = args["file"] ?? args["_raw_params"];
    if (typeof file !== "string" || file.includes("{{"))
      return this.#reading.unclear(what, "includes variables that are not known before it runs");
    this.variables(file, scope);
  }

  /** A file of variables, which has templates that are filled in wherever one of them is used. */
  variables(file: string, scope: Scope) {
    const { folder } = scope;
    const found = [
      ...this.#find(file, scope),
      ...this.#reading.texts.existing([
        posix.join(folder, "../vars", file),
        posix.join(folder, "vars", file),
      ]),
    ];
    if (found.length === 0) this.#reading.unclear(file, "has variables, and is not there");
    for (const path of found) this.#reading.open(path);
  }

  role(name: unknown, scope: Scope, from = "main") {
    if (typeof name !== "string" || !/^[\w.-]+$/.test(name))
      return this.#reading.unclear("a role", `its name is not known: ${String(name).slice(0, 80)}`);
    const folders = this.#reading.texts.roleFolders(name, scope.playbookFolder);
    if (folders.length === 0)
      return this.#reading.unclear(`role ${name}`, "is not there to be looked through");
    for (const folder of folders) this.#roleIn(folder, from, { ...scope, depth: scope.depth + 1 });
  }

  #roleIn(role: string, from: string, scope: Scope) {
    const plugins = this.#reading.texts.pluginsIn(role);
    if (plugins.length > 0) this.#reading.unclear(role, `brings programs of its own: ${plugins[0]}`);
    for (const part of ["defaults", "vars"])
      for (const path of this.#reading.texts.below(posix.join(role, part), /./)) this.#reading.open(path);
    const names = (part: string, file: string) =>
      this.#reading.texts.existing(["", ".yml", ".yaml"].map((end) => posix.join(role, part, file + end)));
    for (const path of names("meta", "main")) {
      const meta = this.#reading.open(path);
      const needed = isFields(meta) ? meta["dependencies"] : undefined;
      for (const one of [needed ?? []].flat()) this.roleEntry(one, scope);
    }
    for (const path of this.#reading.texts.below(posix.join(role, "handlers")))
      this.handlers(this.#reading.open(path), { ...scope, folder: posix.dirname(path) });
    const found = names("tasks", from);
    if (found.length === 0 && from !== "main") this.#reading.unclear(role, `has no tasks ${from}`);
    for (const path of found) this.tasks(this.#reading.open(path), { ...scope, folder: posix.dirname(path) });
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

/** Pure modules: no part of Ansible that runs here calls another one for them. */
const ALONE = /\.|^(?:debug|assert|fail|set_fact|stat|find|getent|ping|service_facts|mount_facts)$/;

/** It is certain whose module it is. */
function isAnsibles({ module, isShort }: Called, { isForeign, hasLibrary }: Scope): boolean {
  if (hasLibrary) return !isShort && ALONE.test(module);
  return !(isShort && isForeign);
}
