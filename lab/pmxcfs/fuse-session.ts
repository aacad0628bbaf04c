/** Answers what the kernel of one node asks about its /etc/pve. */
import { ERRNO, FileError } from "./file-error.ts";
import * as fuse from "./fuse-messages.ts";
import { NodeIds } from "./node-ids.ts";
import { type NodeView, TYPES, type Wanted } from "./node-view.ts";
import { childPath } from "./pve-paths.ts";

const { OPERATION } = fuse;
const SPACE = { blocks: 128 * 256, files: 256 * 1024 };
const TRUNCATE = 0o1000;

/** What is done with a file that is gone, and does no harm to it. */
const CLOSING: readonly number[] = [
  OPERATION.FLUSH,
  OPERATION.RELEASE,
  OPERATION.RELEASEDIR,
  OPERATION.FSYNC,
];

type Handler = (body: Buffer, path: string) => Buffer | undefined;

export class FuseSession {
  readonly #view: NodeView;
  readonly #ids = new NodeIds();
  /** Names of opened folders. */
  readonly #listings = new Map<bigint, string[]>();
  #lastHandle = 0n;
  readonly #handlers: Readonly<Record<number, Handler>>;

  constructor(view: NodeView) {
    this.#view = view;
    this.#handlers = { ...this.#lookingHandlers(), ...this.#changingHandlers(), ...this.#fileHandlers() };
  }

  /** Undefined where the kernel takes no answer. */
  answer(request: fuse.Request): Buffer | undefined {
    const { operation, unique, node, body } = request;
    if (fuse.UNANSWERED.includes(operation)) return this.#forget(request);
    const handler = this.#handlers[operation];
    const path = operation === OPERATION.INIT ? "" : this.#ids.pathOf(node);
    if (!handler) return fuse.answer(unique, ERRNO.ENOSYS);
    if (path === undefined) return fuse.answer(unique, CLOSING.includes(operation) ? 0 : ERRNO.ENOENT);
    try {
      return fuse.answer(unique, 0, handler(body, path));
    } catch (error) {
      // Whoever waits for an answer must have one: a process in a system call cannot be ended.
      return fuse.answer(unique, error instanceof FileError ? error.errno : ERRNO.EIO);
    }
  }

  #lookingHandlers(): Record<number, Handler> {
    return {
      [OPERATION.INIT]: fuse.initBody,
      [OPERATION.LOOKUP]: (body, path) => this.#entry(childPath(path, nameIn(body, 0))),
      [OPERATION.GETATTR]: (_body, path) => this.#attributes(path),
      [OPERATION.SETATTR]: (body, path) => {
        this.#view.setAttributes(path, wantedIn(body));
        return this.#attributes(path);
      },
      [OPERATION.READLINK]: (_body, path) => Buffer.from(this.#view.linkAt(path)),
      [OPERATION.STATFS]: () => this.#space(),
      [OPERATION.OPENDIR]: (_body, path) => {
        const handle = ++this.#lastHandle;
        this.#listings.set(handle, [".", "..", ...this.#view.list(path)]);
        return fuse.openBody(handle);
      },
      [OPERATION.READDIR]: (body, path) => this.#readFolder(body, path),
      [OPERATION.RELEASEDIR]: (body) => void this.#listings.delete(body.readBigUInt64LE(0)),
      [OPERATION.FSYNCDIR]: () => undefined,
    };
  }

  #changingHandlers(): Record<number, Handler> {
    const view = this.#view;
    return {
      [OPERATION.MKNOD]: (body, path) => {
        if ((body.readUInt32LE(0) & 0o170000) !== TYPES.file) throw new FileError("EPERM");
        const made = view.create(path, nameIn(body, 16));
        view.commit(made);
        return this.#entry(made);
      },
      [OPERATION.MKDIR]: (body, path) => this.#entry(view.makeFolder(path, nameIn(body, 8))),
      [OPERATION.UNLINK]: (body, path) => this.#ids.drop(view.remove(path, nameIn(body, 0))),
      [OPERATION.RMDIR]: (body, path) => this.#ids.drop(view.removeFolder(path, nameIn(body, 0))),
      [OPERATION.RENAME]: (body, path) => this.#rename(path, body, 8),
      [OPERATION.RENAME2]: (body, path) => {
        if (body.readUInt32LE(8) !== 0) throw new FileError("EINVAL");
        return this.#rename(path, body, 16);
      },
    };
  }

  #fileHandlers(): Record<number, Handler> {
    const view = this.#view;
    const commit: Handler = (_body, path) => void view.commit(path);
    return {
      [OPERATION.OPEN]: (body, path) => {
        view.read(path);
        if ((body.readUInt32LE(0) & TRUNCATE) !== 0) view.truncate(path, 0n);
        return fuse.openBody(++this.#lastHandle);
      },
      [OPERATION.CREATE]: (body, path) => {
        const made = view.create(path, nameIn(body, 16));
        return Buffer.concat([this.#entry(made), fuse.openBody(++this.#lastHandle)]);
      },
      [OPERATION.READ]: (body, path) => {
        const offset = Number(body.readBigUInt64LE(8));
        return view.read(path).subarray(offset, offset + body.readUInt32LE(16));
      },
      [OPERATION.WRITE]: (body, path) => {
        const bytes = body.subarray(40, 40 + body.readUInt32LE(16));
        view.write(path, bytes, body.readBigUInt64LE(8));
        return fuse.writtenBody(bytes.length);
      },
      [OPERATION.FLUSH]: commit,
      [OPERATION.RELEASE]: commit,
      [OPERATION.FSYNC]: commit,
    };
  }

  #forget({ operation, node, body }: fuse.Request): undefined {
    if (operation === OPERATION.FORGET) this.#ids.forget(node, body.readBigUInt64LE(0));
    if (operation !== OPERATION.BATCH_FORGET) return;
    for (let at = 8; at + 16 <= body.length; at += 16)
      this.#ids.forget(body.readBigUInt64LE(at), body.readBigUInt64LE(at + 8));
  }

  #attributes(path: string): Buffer {
    const shown = this.#view.attributes(path);
    return fuse.attributesBody({ ...shown, inode: this.#ids.idOf(path) });
  }

  #entry(path: string): Buffer {
    const shown = this.#view.attributes(path);
    return fuse.entryBody({ ...shown, inode: this.#ids.remember(path) });
  }

  #rename(parent: string, body: Buffer, offset: number): undefined {
    const [name = "", next = ""] = fuse.namesIn(body, offset);
    const target = this.#ids.pathOf(body.readBigUInt64LE(0));
    if (target === undefined) throw new FileError("ENOENT");
    const { from, to } = this.#view.rename([parent, name], [target, next]);
    this.#ids.move(from, to);
  }

  #readFolder(body: Buffer, path: string): Buffer {
    const names = this.#listings.get(body.readBigUInt64LE(0)) ?? [];
    const [from, room] = [Number(body.readBigUInt64LE(8)), body.readUInt32LE(16)];
    const bodies: Buffer[] = [];
    let used = 0;
    for (const [at, name] of names.entries()) {
      const one =
        at < from ? undefined : fuse.nameBody(name, { type: this.#typeOf(path, name), offset: at + 1 });
      used += one?.length ?? 0;
      if (used > room) break;
      if (one) bodies.push(one);
    }
    return Buffer.concat(bodies);
  }

  /** Of a name that may have gone since the folder was opened. */
  #typeOf(folder: string, name: string): number {
    if (name === "." || name === "..") return TYPES.folder;
    try {
      return this.#view.typeOf(childPath(folder, name));
    } catch (error) {
      if (error instanceof FileError) return TYPES.file;
      throw error;
    }
  }

  #space(): Buffer {
    const { bytes, files } = this.#view.usage();
    const free = SPACE.blocks - Math.ceil(bytes / 4096);
    return fuse.spaceBody({ ...SPACE, free, freeFiles: SPACE.files - files });
  }
}

function nameIn(body: Buffer, offset: number): string {
  return fuse.namesIn(body, offset)[0] ?? "";
}

function wantedIn(body: Buffer): Wanted {
  const valid = body.readUInt32LE(0);
  return {
    ...((valid & 1) !== 0 && { mode: body.readUInt32LE(68) & 0o7777 }),
    ...((valid & 2) !== 0 && { user: body.readUInt32LE(76) }),
    ...((valid & 4) !== 0 && { group: body.readUInt32LE(80) }),
    ...((valid & 8) !== 0 && { bytes: body.readBigUInt64LE(16) }),
  };
}
