/**
 * Keeps a writer's audit: lines are added at the end of its file, and on the disk before this returns. A line that a crash
 * has torn is taken off, and a line of its own tells so. Nothing is added to a chain whose last line was altered.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AppError, describeError } from "../base/errors.ts";
import {
  type AuditEntry,
  type AuditHead,
  type AuditKind,
  auditLine,
  MAX_LINE_BYTES,
  NO_LINE,
  parseAuditLine,
} from "../protocol/audit.ts";
import type { Sender } from "../protocol/roles.ts";
import type { RedactedJson } from "../redact/redacted.ts";

/** Never through a link. */
const OPEN = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** A folder for each writer: in containers nobody has another's. */
export function auditPath(folder: string, writer: Sender): string {
  return join(folder, writer, "chain.jsonl");
}

export type Audit = {
  /** On the disk when it returns. AppError `unavailable` when it cannot be written, `conflict` when the chain was altered. */
  append(kind: AuditKind, about: RedactedJson): void;
};

export class AuditFile implements Audit {
  readonly #file: string;
  readonly #writer: Sender;
  /** What the file was when it was last written here. */
  #known = { size: -1, head: NO_LINE };

  /** `folder` is that of all writers. */
  constructor(folder: string, writer: Sender) {
    this.#file = auditPath(folder, writer);
    this.#writer = writer;
  }

  append(kind: AuditKind, about: RedactedJson): void {
    let descriptor: number | undefined;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      descriptor = openSync(this.#file, OPEN, 0o600);
      this.#add(descriptor, kind, about);
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError(
        "unavailable",
        `the audit ${this.#file} cannot be written: ${describeError(error)}`,
        {
          cause: error,
        },
      );
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  #add(descriptor: number, kind: AuditKind, about: RedactedJson): void {
    const { size } = fstatSync(descriptor);
    const head = size === this.#known.size ? this.#known.head : this.#readHead(descriptor, size);
    const next = this.#write(descriptor, head, { kind, about });
    fdatasyncSync(descriptor);
    this.#known = { size: fstatSync(descriptor).size, head: next };
  }

  #write(descriptor: number, before: AuditHead, entry: Pick<AuditEntry, "kind" | "about">): AuditHead {
    const { line, head } = auditLine(before, {
      ...entry,
      at: new Date().toISOString(),
      writer: this.#writer,
    });
    const bytes = Buffer.from(`${line}\n`);
    if (bytes.length > MAX_LINE_BYTES)
      throw new AppError("bad_arguments", "too much for a line of the audit");
    writeSync(descriptor, bytes, 0, bytes.length, fstatSync(descriptor).size);
    return head;
  }

  /** From the last line; what is behind the last end of a line is taken off, and told. */
  #readHead(descriptor: number, size: number): AuditHead {
    if (size === 0) return NO_LINE;
    const from = Math.max(0, size - 2 * MAX_LINE_BYTES);
    const tail = Buffer.alloc(size - from);
    readSync(descriptor, tail, 0, tail.length, from);
    const end = tail.lastIndexOf("\n") + 1;
    const head = headOf(tail.subarray(0, end), from === 0) ?? this.#refuse();
    if (end === tail.length) return head;
    const torn = tail.subarray(end);
    ftruncateSync(descriptor, from + end);
    const sha256 = createHash("sha256").update(torn).digest("hex") as RedactedJson;
    return this.#write(descriptor, head, { kind: "gap", about: { bytes: torn.length, sha256 } });
  }

  #refuse(): never {
    throw new AppError(
      "conflict",
      `the last line of ${this.#file} was altered, so nothing can be added: ./minilab audit verify names the line; put the file away, and a new chain begins`,
    );
  }
}

function headOf(lines: Buffer, isWhole: boolean): AuditHead | undefined {
  if (lines.length === 0) return isWhole ? NO_LINE : undefined;
  const text = lines.subarray(lines.lastIndexOf("\n", lines.length - 2) + 1, -1).toString("utf8");
  return parseAuditLine(text);
}
