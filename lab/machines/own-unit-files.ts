/** The unit files that somebody, or a package, has put on a machine, and the links that enable them. */
import { lstatSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { isBuiltIn } from "../systemd/unit-view.ts";
import { linkMachineFile, listMachineFolder, readMachineFile, removeMachineFile } from "./machine-files.ts";
import { parseUnitFile, type UnitFile, valuesOf } from "./unit-file.ts";

const FOLDER = "etc/systemd/system";
/** Those of packages: a folder beside the machine's root, which it sees under another name. */
const OF_PACKAGES = { kept: "../units", seen: "/usr/lib/systemd/system" };
const NAME = /^[\w:.@-]{1,100}\.(?:timer|service)$/;

export class OwnUnitFiles {
  readonly #root: string;
  readonly #packages: string;
  readonly #own: (path: string) => void;

  /** `own` gives a file to the machine's root. */
  constructor(root: string, own: (path: string) => void) {
    this.#root = root;
    this.#packages = join(root, OF_PACKAGES.kept);
    this.#own = own;
  }

  names(): string[] {
    const own = listMachineFolder(this.#root, `/${FOLDER}`);
    const ofPackages = listMachineFolder(this.#packages, "/");
    return [...new Set([...own, ...ofPackages])].filter((name) => this.read(name));
  }

  /** What these targets want. */
  wantedBy(targets: readonly string[]): string[] {
    return targets.flatMap((target) => listMachineFolder(this.#root, `/${FOLDER}/${target}.wants`));
  }

  /** As the machine sees it. */
  fragment(name: string): string {
    return this.#isWritten(name) ? `/${FOLDER}/${name}` : `${OF_PACKAGES.seen}/${name}`;
  }

  text(name: string): string {
    return this.#content(name) ?? "";
  }

  read(name: string): UnitFile | undefined {
    // What a fresh node has is no unit of somebody's until a file of /etc stands in its place.
    const isVendors = isBuiltIn(name) && !this.fragment(name).startsWith("/etc/");
    const text = NAME.test(name) && !isVendors ? this.#content(name) : undefined;
    return text === undefined ? undefined : parseUnitFile(text);
  }

  isEnabled(name: string): boolean {
    return this.#wants(name).some((path) => lstatSync(path, { throwIfNoEntry: false }));
  }

  /** The links that it made, as the machine sees them; none when the file names no target. */
  enable(name: string): string[] {
    const made = this.#wants(name).filter((path) =>
      linkMachineFile(this.#root, relative(this.#root, path), this.fragment(name)),
    );
    for (const path of made) this.#own(dirname(path));
    return made.map(seen);
  }

  /** The links that it removed, as the machine sees them. */
  disable(name: string): string[] {
    const gone = this.#wants(name).filter((path) =>
      removeMachineFile(this.#root, relative(this.#root, path)),
    );
    return gone.map(seen);
  }

  #content(name: string): string | undefined {
    return this.#isWritten(name) ? this.#written(name) : readMachineFile(this.#packages, name);
  }

  /** A link, too, as one that masks it. */
  #isWritten(name: string): boolean {
    return lstatSync(join(this.#root, FOLDER, name), { throwIfNoEntry: false }) !== undefined;
  }

  #written(name: string): string | undefined {
    return readMachineFile(this.#root, `/${FOLDER}/${name}`);
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
