/** The texts that belong to a playbook: each parsed once, within a bound for all, found as Ansible looks for them. */
import { posix } from "node:path";
import { readYaml, type YamlText } from "./yaml-text.ts";

/** Of all texts that one playbook reaches together. */
const MAX_CHARS = 400_000;
const MAX_TEXTS = 300;
const PLUGINS = /(?:^|\/)(?:library|module_utils|[a-z]+_plugins)\//;

export class PlaybookTexts {
  readonly #files: ReadonlyMap<string, string>;
  readonly #parsed = new Map<string, YamlText>();
  readonly #rolesPath: string;
  #chars = 0;

  constructor(files: ReadonlyMap<string, string>, rolesPath: string) {
    this.#files = files;
    this.#rolesPath = rolesPath;
  }

  /** RangeError when it is more than anybody would look through. */
  parse(path: string): YamlText {
    const known = this.#parsed.get(path);
    if (known) return known;
    const text = this.#files.get(path) ?? "";
    this.#chars += text.length;
    if (this.#chars > MAX_CHARS || this.#parsed.size > MAX_TEXTS) throw new RangeError("too many texts");
    const parsed = readYaml(text);
    this.#parsed.set(path, parsed);
    return parsed;
  }

  /** Those of the candidates that are there. */
  existing(candidates: readonly string[]): string[] {
    return [...new Set(candidates.map((path) => posix.normalize(path)))].filter((path) =>
      this.#files.has(path),
    );
  }

  /** The texts of a file of one kind (`templates`, `files`) that is named from a folder of tasks, or from the playbook's. */
  beside(kind: string, file: string, folder: string): string[] {
    const folders = [
      posix.join(folder, "..", kind),
      posix.join(folder, kind),
      folder,
      posix.join(folder, ".."),
    ];
    const found = this.existing(file.startsWith("/") ? [file] : folders.map((one) => posix.join(one, file)));
    return found.map((path) => this.#files.get(path) ?? "");
  }

  below(folder: string, isMeant: RegExp = /\.(?:ya?ml|json)$/): string[] {
    const start = `${posix.normalize(folder)}/`.replace(/^\.\//, "");
    return [...this.#files.keys()].filter((path) => path.startsWith(start) && isMeant.test(path));
  }

  /** The folders in which a role of that name lies. */
  roleFolders(name: string, playbookFolder: string): string[] {
    const places = [posix.join(playbookFolder, "roles"), playbookFolder, this.#rolesPath];
    const folders = places.map((place) => posix.join(place, name));
    return [...new Set(folders)].filter((folder) => this.below(folder, /./).length > 0);
  }

  /** Programs of its own that Ansible would load with it. */
  pluginsIn(folder: string): string[] {
    return this.below(folder, PLUGINS);
  }

  /** Variables that Ansible reads by itself, beside a playbook or an inventory. */
  variablesBeside(folder: string): string[] {
    return ["group_vars", "host_vars"].flatMap((name) => this.below(posix.join(folder, name), /./));
  }
}
