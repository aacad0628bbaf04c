/**
 * /etc/pve of the whole cluster, as pmxcfs keeps it: what any node writes is there for all, and counts. A file that is
 * being written is seen at once and counts when it is closed.
 */
import { named } from "../cluster/named.ts";
import { generatedFiles } from "../cluster/pmxcfs.ts";
import type { ClusterState, WrittenFile, WrittenFiles } from "../cluster/state.ts";
import type { Store } from "../cluster/store.ts";
import { applyFile } from "./apply-file.ts";
import { FileError } from "./file-error.ts";
import { guestPath, parentPath } from "./pve-paths.ts";
import { type Entry, type FixedFiles, type PveTree, pveTree } from "./pve-tree.ts";

/** As pmxcfs has it. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Less than pmxcfs allows: the state is kept whole. */
const MAX_WRITTEN_BYTES = 8 * MAX_FILE_BYTES;
const MAX_WRITTEN_FILES = 4_096;

export type PveFilesOptions = { store: Store; fixed: FixedFiles };

type Change = { path: string; content: Buffer | null };

export class PveFiles {
  readonly #store: Store;
  readonly #fixed: FixedFiles;
  /** Files that are being written. */
  readonly #drafts = new Map<string, Buffer>();
  #known: { revision: number; tree: PveTree } | undefined;

  constructor({ store, fixed }: PveFilesOptions) {
    this.#store = store;
    this.#fixed = fixed;
  }

  find(path: string): Entry | undefined {
    const draft = this.#drafts.get(path);
    return draft
      ? { kind: "file", content: draft, mtime: this.#now(), isFixed: false }
      : this.#tree().get(path);
  }

  /** Names. FileError for what is no folder. */
  list(path: string): string[] {
    this.#folder(path);
    const paths = [...new Set([...this.#tree().keys(), ...this.#drafts.keys()])];
    return paths
      .filter((one) => one !== "" && parentPath(one) === path)
      .map((one) => one.slice(path === "" ? 0 : path.length + 1));
  }

  create(path: string): void {
    this.#requirePlace(path);
    this.#requireOneGuest(path);
    this.#drafts.set(path, Buffer.alloc(0));
  }

  write(path: string, bytes: Buffer, offset: number): void {
    const before = this.#contentOf(path);
    const end = offset + bytes.length;
    if (end > MAX_FILE_BYTES) throw new FileError("EFBIG");
    const next = Buffer.alloc(Math.max(before.length, end));
    before.copy(next);
    bytes.copy(next, offset);
    this.#drafts.set(path, next);
  }

  truncate(path: string, length: number): void {
    const before = this.#contentOf(path);
    if (length > MAX_FILE_BYTES) throw new FileError("EFBIG");
    const next = Buffer.alloc(length);
    before.copy(next);
    this.#drafts.set(path, next);
  }

  /** What was written to it counts from now on. */
  commit(path: string, node: string): void {
    const content = this.#drafts.get(path);
    if (!content) return;
    this.#drafts.delete(path);
    this.#change("write", node, [{ path, content }]);
  }

  remove(path: string, node: string): void {
    this.#contentOf(path);
    this.#drafts.delete(path);
    if (this.#tree().has(path)) this.#change("remove", node, [{ path, content: null }]);
  }

  makeFolder(path: string): void {
    this.#requirePlace(path);
    this.#edit(({ folders }) => void folders.push(path));
  }

  removeFolder(path: string): void {
    if (this.list(path).length > 0) throw new FileError("ENOTEMPTY");
    if (!this.#store.state().pmxcfs?.folders.includes(path)) throw new FileError("EACCES");
    this.#edit((written) => {
      written.folders = written.folders.filter((one) => one !== path);
    });
  }

  /** A folder only when it is empty, as pmxcfs does. */
  rename(from: string, to: string, node: string): void {
    if (this.find(from)?.kind === "folder") {
      this.makeFolder(to);
      this.removeFolder(from);
      return;
    }
    const content = this.#contentOf(from);
    this.#folder(parentPath(to));
    if (this.find(to)) this.#contentOf(to);
    if (guestPath(from)?.vmid !== guestPath(to)?.vmid) this.#requireOneGuest(to);
    this.#drafts.delete(from);
    this.#drafts.delete(to);
    this.#change("rename", node, [
      { path: to, content },
      { path: from, content: null },
    ]);
  }

  usage(): { bytes: number; files: number } {
    const entries = [...this.#tree().values()];
    const bytes = entries.reduce((sum, one) => sum + (one.kind === "file" ? one.content.length : 0), 0);
    return { bytes, files: entries.length };
  }

  #change(what: string, node: string, changes: readonly Change[]): void {
    this.#edit((written, draft) => {
      for (const { path, content } of changes) applyFile(draft, path, content?.toString("utf8") ?? null);
      const generated: FixedFiles = { ...this.#fixed, ...generatedFiles(draft) };
      for (const { path, content } of changes)
        this.#keep(written, path, { content, basis: named(generated, path) });
    });
    const target = `/etc/pve/${changes[0]?.path}`;
    this.#store.record({ node, operation: `pmxcfs ${what}`, target, argv: [], exitCode: 0 });
  }

  /** Nothing is kept of what the state says by itself. */
  #keep(
    written: WrittenFiles,
    path: string,
    one: { content: Buffer | null; basis: string | undefined },
  ): void {
    written.files = written.files.filter(([other]) => other !== path);
    const [content, basis] = [one.content?.toString("latin1") ?? null, one.basis ?? null];
    if (basis === null ? content === null : one.content?.equals(Buffer.from(basis))) return;
    const file: WrittenFile = { content, basis, mtime: this.#now() };
    written.files.push([path, file]);
  }

  #edit(edit: (written: WrittenFiles, draft: ClusterState) => void): void {
    this.#store.change((draft) => {
      draft.pmxcfs ??= { files: [], folders: [] };
      edit(draft.pmxcfs, draft);
      const { files, folders } = draft.pmxcfs;
      const bytes = files.reduce((sum, [path, { content }]) => sum + path.length + (content?.length ?? 0), 0);
      if (bytes > MAX_WRITTEN_BYTES || files.length + folders.length > MAX_WRITTEN_FILES)
        throw new FileError("ENOSPC");
    });
  }

  #tree(): PveTree {
    const { revision } = this.#store.state();
    if (this.#known?.revision !== revision)
      this.#known = { revision, tree: pveTree(this.#store.state(), this.#fixed) };
    return this.#known.tree;
  }

  #contentOf(path: string): Buffer {
    const entry = this.find(path);
    if (!entry) throw new FileError("ENOENT");
    if (entry.kind !== "file") throw new FileError("EISDIR");
    if (entry.isFixed) throw new FileError("EACCES");
    return entry.content;
  }

  #folder(path: string): void {
    const entry = this.find(path);
    if (!entry) throw new FileError("ENOENT");
    if (entry.kind !== "folder") throw new FileError("ENOTDIR");
  }

  #requirePlace(path: string): void {
    this.#folder(parentPath(path));
    if (this.find(path)) throw new FileError("EEXIST");
  }

  /** A guest's number stands once in the cluster, whatever its kind and node. */
  #requireOneGuest(path: string): void {
    const vmid = guestPath(path)?.vmid;
    const paths = vmid === undefined ? [] : [...this.#tree().keys(), ...this.#drafts.keys()];
    if (paths.some((other) => other !== path && guestPath(other)?.vmid === vmid))
      throw new FileError("EEXIST");
  }

  #now(): number {
    return Math.floor(this.#store.now() / 1000);
  }
}
