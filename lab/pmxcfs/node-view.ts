/** /etc/pve as one node has it: links of its own, the rights that pmxcfs shows, and nothing to be written without quorum. */
import { membersOf } from "../cluster/pmxcfs-files.ts";
import { FileError } from "./file-error.ts";
import { MAX_FILE_BYTES, type PveFiles } from "./pve-files.ts";
import { childPath, isPrivate } from "./pve-paths.ts";
import { type Entry, nodeLinks } from "./pve-tree.ts";

export type NodeViewOptions = {
  files: PveFiles;
  node: string;
  /** While it is not, nothing can be written. */
  isQuorate(): boolean;
};

export type Shown = { bytes: number; mtime: number; mode: number; links: number; group: number };

export type Wanted = { mode?: number; user?: number; group?: number; bytes?: bigint };

export const TYPES = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const;

/** On Debian. */
const WWW_DATA = 33;

export class NodeView {
  readonly #options: NodeViewOptions;
  readonly #files: PveFiles;
  readonly #links: ReadonlyMap<string, string>;

  constructor(options: NodeViewOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#links = nodeLinks(options.node);
  }

  linkAt(path: string): string {
    return this.#links.get(path) ?? "";
  }

  list(path: string): string[] {
    return [...(path === "" ? this.#links.keys() : []), ...this.#files.list(path)];
  }

  typeOf(path: string): number {
    return TYPES[this.#find(path).kind];
  }

  attributes(path: string): Shown {
    const entry = this.#find(path);
    const isFile = entry.kind === "file";
    const rights = isFile ? 0o666 : 0o777;
    const writable = this.#options.isQuorate() && !(isFile && entry.isFixed) ? 0o777 : 0o555;
    const others = isFile ? 0o750 : 0o755;
    return {
      bytes: isFile ? entry.content.length : 0,
      mtime: entry.mtime,
      mode: TYPES[entry.kind] | (rights & writable & (isPrivate(path) ? 0o700 : others)),
      links: entry.kind === "folder" ? 2 : 1,
      group: WWW_DATA,
    };
  }

  /** Rights are pmxcfs's own: who sets what they are already has done nothing wrong. */
  setAttributes(path: string, { mode, user = 0, group = WWW_DATA, bytes }: Wanted): void {
    const own = isPrivate(path) ? 0o600 : 0o640;
    if ((mode !== undefined && mode !== own) || user !== 0 || group !== WWW_DATA)
      throw new FileError("EPERM");
    if (bytes === undefined) return;
    this.truncate(path, bytes);
    this.commit(path);
  }

  read(path: string): Buffer {
    const entry = this.#find(path);
    if (entry.kind !== "file") throw new FileError("EISDIR");
    return entry.content;
  }

  create(parent: string, name: string): string {
    const path = this.#place(parent, name);
    this.#files.create(path);
    return path;
  }

  makeFolder(parent: string, name: string): string {
    const path = this.#place(parent, name);
    this.#files.makeFolder(path);
    return path;
  }

  remove(parent: string, name: string): string {
    const path = this.#place(parent, name);
    this.#files.remove(path, this.#options.node);
    return path;
  }

  removeFolder(parent: string, name: string): string {
    const path = this.#place(parent, name);
    this.#files.removeFolder(path);
    return path;
  }

  rename(from: readonly [parent: string, name: string], to: readonly [parent: string, name: string]) {
    const paths = { from: this.#place(...from), to: this.#place(...to) };
    if (paths.from !== paths.to) this.#files.rename(paths.from, paths.to, this.#options.node);
    return paths;
  }

  write(path: string, bytes: Buffer, offset: bigint): void {
    this.#requireQuorum();
    if (offset > MAX_FILE_BYTES) throw new FileError("EFBIG");
    this.#files.write(path, bytes, Number(offset));
  }

  truncate(path: string, bytes: bigint): void {
    this.#requireQuorum();
    if (bytes > MAX_FILE_BYTES) throw new FileError("EFBIG");
    this.#files.truncate(path, Number(bytes));
  }

  /** What was written to a file counts from now on. */
  commit(path: string): void {
    this.#files.commit(path, this.#options.node);
  }

  usage(): { bytes: number; files: number } {
    return this.#files.usage();
  }

  #find(path: string): Entry {
    const target = this.#links.get(path);
    const entry =
      target === undefined ? this.#files.find(path) : ({ kind: "link", target, mtime: 0 } as const);
    if (!entry) throw new FileError("ENOENT");
    if (path !== ".members" || entry.kind !== "file") return entry;
    return { ...entry, content: Buffer.from(membersOf(this.#options.node, String(entry.content))) };
  }

  /** A name in a folder, for who is to change what is there. */
  #place(parent: string, name: string): string {
    const path = childPath(parent, name);
    if (this.#links.has(path)) throw new FileError("EACCES");
    this.#requireQuorum();
    return path;
  }

  #requireQuorum(): void {
    if (!this.#options.isQuorate()) throw new FileError("EACCES");
  }
}
