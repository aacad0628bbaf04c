/** The file with the full output of a process: redacted as it is written, and never above its size limit. */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { Redactor } from "../base/redact.ts";
import { FILE_BYTES } from "./truncate.ts";

/** Text is redacted in blocks of this many characters. */
const BLOCK_CHARS = 262_144;
/** Longer than any secret that may lie across the end of a block. */
const MARGIN_CHARS = 8_192;
/** Places that are tried for the end of a block: so many characters, then so many ends of lines. */
const TRIES = 512;

export class Spool {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #redactor: Redactor;
  readonly #decoder = new StringDecoder("utf8");
  #pending = "";
  #bytesLeft = FILE_BYTES;

  private constructor(file: string, handle: FileHandle, redactor: Redactor) {
    this.file = file;
    this.#handle = handle;
    this.#redactor = redactor;
  }

  /** Makes a new file, never follows or replaces what is there: a number is put in a name that is taken. */
  static async open(file: string, redactor: Redactor): Promise<Spool> {
    await mkdir(dirname(file), { recursive: true });
    for (let copy = 1; ; copy++) {
      const name = copy === 1 ? file : file.replace(/(\.[^./]+\.[^./]+)?$/, `-${copy}$1`);
      const handle = await open(name, "wx", 0o644).catch(ignoreExisting);
      if (handle) return new Spool(name, handle, redactor);
    }
  }

  /** Resolves when the bytes are written or held back for the next block. Rejects when the disk refuses. */
  async write(chunk: Buffer): Promise<void> {
    if (this.#bytesLeft === 0) return;
    this.#pending += this.#decoder.write(chunk);
    if (this.#pending.length < BLOCK_CHARS) return;
    const cut = this.#safeCut();
    await this.#put(this.#pending.slice(0, cut));
    this.#pending = this.#pending.slice(cut);
  }

  async close(): Promise<void> {
    try {
      await this.#put(this.#pending + this.#decoder.end());
    } finally {
      await this.#handle.close();
    }
  }

  /** Where the text can be divided without dividing a secret; its end when nowhere. */
  #safeCut(): number {
    for (const at of cutsBefore(this.#pending, this.#pending.length - MARGIN_CHARS)) {
      if (this.#isSafe(this.#pending, at)) return at;
    }
    return this.#pending.length;
  }

  #isSafe(text: string, at: number): boolean {
    const before = text.slice(at - MARGIN_CHARS, at);
    const after = text.slice(at, at + MARGIN_CHARS);
    return this.#redactor(before) + this.#redactor(after) === this.#redactor(before + after);
  }

  async #put(text: string): Promise<void> {
    const bytes = Buffer.from(this.#redactor(text)).subarray(0, this.#bytesLeft);
    this.#bytesLeft -= bytes.length;
    await this.#handle.appendFile(bytes);
    if (this.#bytesLeft === 0 && bytes.length > 0) await this.#handle.appendFile("\n[... cut here ...]\n");
  }
}

/** Close by for what lies between short secrets; by lines for what lies between keys. */
function* cutsBefore(text: string, limit: number): Generator<number> {
  for (let at = limit; at > limit - TRIES; at--) yield at;
  for (let line = limit, tried = 0; line > 0 && tried < TRIES; tried++) {
    yield line;
    line = text.lastIndexOf("\n", line - 2) + 1;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EEXIST") throw error;
}
