/** The file with the full output of a process: never above its size limit. It gets only what is redacted already. */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { FILE_BYTES } from "../../base/truncate.ts";
import type { Redacted } from "../../redact/redacted.ts";

export class Spool {
  readonly file: string;
  readonly #handle: FileHandle;
  #bytesLeft = FILE_BYTES;

  private constructor(file: string, handle: FileHandle) {
    this.file = file;
    this.#handle = handle;
  }

  /** Makes a new file, never follows or replaces what is there: a number is put in a name that is taken. */
  static async open(file: string): Promise<Spool> {
    await mkdir(dirname(file), { recursive: true });
    for (let copy = 1; ; copy++) {
      const name = copy === 1 ? file : file.replace(/(\.[^./]+\.[^./]+)?$/, `-${copy}$1`);
      const handle = await open(name, "wx", 0o644).catch(ignoreExisting);
      if (handle) return new Spool(name, handle);
    }
  }

  /** Resolves when the bytes are written. Rejects when the disk refuses. */
  async write(clean: Buffer): Promise<void> {
    const bytes = clean.subarray(0, this.#bytesLeft);
    if (bytes.length === 0) return;
    this.#bytesLeft -= bytes.length;
    await this.#handle.appendFile(bytes);
    if (this.#bytesLeft === 0) await this.#handle.appendFile("\n[... cut here ...]\n");
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** A text in a new file; resolves to its name. Rejects when the disk refuses. */
export async function keepText(file: string, text: Redacted): Promise<string> {
  const spool = await Spool.open(file);
  try {
    await spool.write(Buffer.from(text));
  } finally {
    await spool.close();
  }
  return spool.file;
}

function ignoreExisting(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EEXIST") throw error;
}
