/** Where the tasks of a play, a block or a role are carried out, and what they have from what they stand in. */
import type { Place } from "./change.ts";
import { type Arguments, moduleName } from "./playbook-modules.ts";
import { type Fields, isFields } from "./playbook-task.ts";

export type Target = { hosts: string; places: readonly Place[] };

/** What a task has from where it stands. */
export type Scope = {
  /** Of the file in which it stands. */
  folder: string;
  playbookFolder: string;
  target: Target;
  defaults: Readonly<Record<string, Arguments>>;
  /** Names without a collection may be anybody's. */
  isForeign: boolean;
  /** Modules lie beside the playbook: in place of those that Ansible calls for its own, too. */
  hasLibrary: boolean;
  /** Nothing but what check mode does. */
  isChecked: boolean;
  depth: number;
};

const LOCAL = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/** The arguments that a module has from its scope: of itself, and of all modules of its collection. */
export function defaultsFor(module: string, { defaults }: Scope): Arguments {
  const groups = Object.entries(defaults).filter(([name]) => name.startsWith("group/"));
  const own = groups.filter(([name]) => module.startsWith(name.slice(6, name.lastIndexOf(".") + 1)));
  return Object.assign({}, ...own.map(([, args]) => args), defaults[module]);
}

/** The scope of what a play, a block, a task or a role holds. */
export function within(scope: Scope, fields: Fields): Scope {
  const { connection, delegate_to: delegate, module_defaults: defaults, collections, vars } = fields;
  const own = isFields(vars) ? vars["ansible_connection"] : undefined;
  const isLocal = /local$/.test(String(connection ?? own ?? ""));
  const moved = delegate === undefined ? scope.target : delegated(String(delegate));
  const target = isLocal ? { ...moved, places: ["controller"] as const } : moved;
  const isForeign =
    scope.isForeign || [collections ?? []].flat().some((name) => !OWN_COLLECTIONS.test(String(name)));
  const isChecked = fields["check_mode"] === undefined ? scope.isChecked : fields["check_mode"] === true;
  return { ...scope, target, isForeign, isChecked, defaults: { ...scope.defaults, ...defaultsOf(defaults) } };
}

const OWN_COLLECTIONS = /^(?:ansible\.(?:builtin|legacy|posix|utils)|community\.[a-z_]+)$/;

function delegated(host: string): Target {
  return { hosts: host, places: placesOf(host) };
}

/** Where a pattern of hosts leads. One that is not known may be any host, also this machine. */
export function placesOf(hosts: string): Place[] {
  const names = hosts.split(/[,:]/).map((name) => name.trim());
  if (LOCAL.test(hosts)) return ["controller"];
  return names.some((name) => LOCAL.test(name)) ? ["host", "controller"] : ["host"];
}

function defaultsOf(value: unknown): Record<string, Arguments> {
  if (!isFields(value)) return {};
  const known = Object.entries(value).filter(([, args]) => isFields(args));
  return Object.fromEntries(known.map(([name, args]) => [moduleName(name), args as Arguments]));
}
