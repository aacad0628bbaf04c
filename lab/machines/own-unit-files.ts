/** The unit files that somebody, or a package, has put on a machine, and the links that enable them. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseUnitFile, type UnitFile, valuesOf } from "./unit-file.ts";

const FOLDER = "etc/systemd/system";
/** Those of packages: a folder beside the machine's root, which it sees under another name. */
const OF_PACKAGES = { kept: "../units", seen: "/usr/lib/systemd/system" };
const NAME = /^[\w:.@-]{1,100}\.(?:timer|service)$/;

export class OwnUnitFiles {
  readonly #root: string;
  readonly #own: (path: string) => void;

  /** `own` gives a file to the machine's root. */
  constructor(root: string, own: (path: string) => void) {
    this.#root = root;
    this.#own = own;
  }

  names(): string[] {
    const folders = [join(this.#root, FOLDER), join(this.#root, OF_PACKAGES.kept)].filter((folder) =>
      existsSync(folder),
    );
    return [...new Set(folders.flatMap((folder) => readdirSync(folder)))].filter((name) => this.read(name));
  }

  /** What these targets want. */
  wantedBy(targets: readonly string[]): string[] {
    const folders = targets.map((target) => join(this.#root, FOLDER, `${target}.wants`));
    return folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
  }

  /** As the machine sees it. */
  fragment(name: string): string {
    return existsSync(join(this.#root, FOLDER, name)) ? `/${FOLDER}/${name}` : `${OF_PACKAGES.seen}/${name}`;
  }

  text(name: string): string {
    const path = this.#path(name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  read(name: string): UnitFile | undefined {
    if (!NAME.test(name)) return undefined;
    const path = this.#path(name);
    return existsSync(path) && statSync(path).isFile() ? parseUnitFile(this.text(name)) : undefined;
  }

  isEnabled(name: string): boolean {
    return this.#wants(name).some((path) => lstatSync(path, { throwIfNoEntry: false }));
  }

  /** The links that it made, as the machine sees them; none when the file names no target. */
  enable(name: string): string[] {
    return this.#wants(name).map((path) => {
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      symlinkSync(this.fragment(name), path);
      this.#own(dirname(path));
      return seen(path);
    });
  }

  /** The links that it removed, as the machine sees them. */
  disable(name: string): string[] {
    const paths = this.#wants(name).filter((path) => lstatSync(path, { throwIfNoEntry: false }));
    for (const path of paths) rmSync(path);
    return paths.map(seen);
  }

  #path(name: string): string {
    const own = join(this.#root, FOLDER, name);
    return existsSync(own) ? own : join(this.#root, OF_PACKAGES.kept, name);
  }

  #wants(name: string): string[] {
    const file = this.read(name);
    const targets = file ? valuesOf(file, "Install", "WantedBy").flatMap((line) => line.split(/\s+/)) : [];
    const known = targets.filter((target) => /^[\w.-]{1,60}\.target$/.test(target));
    return known.map((target) => join(this.#root, FOLDER, `${target}.wants`, name));
  }
}

function seen(path: string): string {
  return `/${FOLDER}/${basename(dirname(path))}/${basename(path)}`;
}
