/**
 * What a playbook does, from its text and the texts that it names: a row for each task and each place, before anything runs.
 * Pure; what is not known before it runs, or is more than is looked through, is called unclear and taken for a change.
 */
import { posix } from "node:path";
import { type Change, changeOf, unclearRow } from "./change.ts";
import { PlaybookReading } from "./playbook-reading.ts";
import { placesOf, type Scope, within } from "./playbook-scope.ts";
import { type Fields, isFields } from "./playbook-task.ts";
import { PlaybookTexts } from "./playbook-texts.ts";
import { KnownValues } from "./playbook-values.ts";
import { PlaybookWalk } from "./playbook-walk.ts";

export type PlaybookInput = {
  /** One of the files. */
  playbook: string;
  /**
   * All that Ansible could read with it, by path: roles, variables, inventories, and the names of programs of its own
   * (library/, *_plugins/). What is not among them is taken for unknown.
   */
  files: ReadonlyMap<string, string>;
  extraVars?: Readonly<Record<string, unknown>>;
  /** Where roles lie that are not beside the playbook. */
  rolesPath?: string;
  /** Run with --check. */
  isChecked?: boolean;
};

const MAX_PLAYBOOKS = 20;
const PLAY_KEYS = new Set(
  "any_errors_fatal become become_exe become_flags become_method become_user check_mode collections connection debugger diff environment fact_path force_handlers gather_facts gather_subset gather_timeout handlers hosts ignore_errors ignore_unreachable max_fail_percentage module_defaults name no_log order port post_tasks pre_tasks remote_user roles run_once serial strategy tags tasks throttle timeout user vars vars_files vars_prompt".split(
    " ",
  ),
);

export function changeOfPlaybook(input: PlaybookInput): Change {
  try {
    return readPlaybook(input);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // of a bound here, or of the stack
    return changeOf([unclearRow(input.playbook, "is more than is looked through")]);
  }
}

function readPlaybook({
  playbook,
  files,
  extraVars = {},
  rolesPath = "/app/config/roles",
  isChecked = false,
}: PlaybookInput): Change {
  const texts = new PlaybookTexts(files, rolesPath);
  const values = new KnownValues();
  for (const [path, text] of files) {
    const isYaml = /\.(?:ya?ml|json)$/.test(path);
    if (isYaml)
      values.add(texts.parse(path).value, /(?:^|\/)(?:vars|defaults|group_vars|host_vars)\//.test(path));
    else values.addNames(text);
  }
  values.add(extraVars, true);
  const reading = new PlaybookReading(texts);
  reading.scan(extraVars, posix.dirname(playbook));
  const walk = new PlaybookWalk(reading, values);
  new Plays(walk, reading, isChecked).file(playbook);
  walk.finish();
  return reading.end();
}

class Plays {
  readonly #walk: PlaybookWalk;
  readonly #reading: PlaybookReading;
  readonly #isChecked: boolean;
  #count = 0;

  constructor(walk: PlaybookWalk, reading: PlaybookReading, isChecked: boolean) {
    this.#walk = walk;
    this.#reading = reading;
    this.#isChecked = isChecked;
  }

  file(path: string) {
    if (++this.#count > MAX_PLAYBOOKS) throw new RangeError("too many playbooks");
    if (this.#reading.texts.existing([path]).length === 0)
      return this.#reading.unclear(path, "is not there to be looked through");
    const folder = posix.dirname(path);
    for (const variables of this.#reading.texts.variablesBeside(folder)) this.#reading.open(variables);
    const plugins = this.#reading.texts.pluginsIn(folder);
    const other = plugins.find((plugin) => !/(?:^|\/)library\/(?!setup|gather_facts)[^/]+$/.test(plugin));
    if (other !== undefined) this.#reading.unclear(path, `has programs of its own beside it: ${other}`);
    const plays = this.#reading.open(path);
    if (!Array.isArray(plays) || plays.length === 0)
      return this.#reading.unclear(path, "is no list of plays");
    for (const play of plays) this.#play(play, { folder, hasLibrary: plugins.length > 0 });
  }

  #play(play: unknown, { folder, hasLibrary }: Pick<Scope, "folder" | "hasLibrary">) {
    if (!isFields(play)) return this.#reading.unclear("a play", "is none");
    const imported = play["import_playbook"] ?? play["ansible.builtin.import_playbook"];
    if (imported !== undefined) return this.#import(imported, folder);
    const title = String(play["name"] ?? "a play");
    const unknown = Object.keys(play).find((key) => !PLAY_KEYS.has(key));
    if (unknown !== undefined) this.#reading.unclear(title, `has ${unknown}, which no play has`);
    if (play["hosts"] === undefined) this.#reading.unclear(title, "names no hosts");
    this.#parts(play, within({ ...scopeOf(play, folder), hasLibrary, isChecked: this.#isChecked }, play));
  }

  #parts(play: Fields, scope: Scope) {
    const walk = this.#walk;
    for (const file of [play["vars_files"] ?? []].flat(2)) {
      if (typeof file === "string" && !file.includes("{{")) walk.variables(file, scope);
      else this.#reading.unclear("vars_files", "are not known before it runs");
    }
    walk.tasks(play["pre_tasks"], scope);
    for (const role of [play["roles"] ?? []].flat()) walk.roleEntry(role, scope);
    walk.tasks(play["tasks"], scope);
    walk.tasks(play["post_tasks"], scope);
    walk.handlers(play["handlers"], scope);
  }

  #import(file: unknown, folder: string) {
    if (typeof file !== "string" || file.includes("{{"))
      return this.#reading.unclear("import_playbook", "imports what is not known before it runs");
    this.file(posix.normalize(file.startsWith("/") ? file : posix.join(folder, file)));
  }
}

function scopeOf(play: Fields, folder: string): Scope {
  const written = play["hosts"];
  const hosts = Array.isArray(written) ? written.join(",") : String(written ?? "");
  const target = { hosts, places: placesOf(hosts) };
  const outer: Scope = {
    folder,
    playbookFolder: folder,
    target,
    defaults: {},
    isForeign: false,
    hasLibrary: false,
    isChecked: false,
    depth: 0,
  };
  return outer;
}
