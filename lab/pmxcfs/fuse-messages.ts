/** The words of FUSE, as include/uapi/linux/fuse.h of Linux has them (protocol 7.31): requests read, answers written. */

export const OPERATION = {
  ...{ LOOKUP: 1, FORGET: 2, GETATTR: 3, SETATTR: 4, READLINK: 5, MKNOD: 8, MKDIR: 9, UNLINK: 10, RMDIR: 11 },
  ...{ RENAME: 12, OPEN: 14, READ: 15, WRITE: 16, STATFS: 17, RELEASE: 18, FSYNC: 20, FLUSH: 25, INIT: 26 },
  ...{ OPENDIR: 27, READDIR: 28, RELEASEDIR: 29, FSYNCDIR: 30, CREATE: 35, INTERRUPT: 36, DESTROY: 38 },
  ...{ BATCH_FORGET: 42, RENAME2: 45 },
} as const;

/** Of no use to who asks: the kernel takes no answer. */
export const UNANSWERED: readonly number[] = [
  OPERATION.FORGET,
  OPERATION.BATCH_FORGET,
  OPERATION.INTERRUPT,
  OPERATION.DESTROY,
];

const HEADER_BYTES = 40;

export type Request = { operation: number; unique: bigint; node: bigint; body: Buffer };

/** The whole requests at the beginning of `bytes`, and what is left of it. */
export function splitRequests(bytes: Buffer): { requests: Request[]; rest: Buffer } {
  const requests: Request[] = [];
  let rest = bytes;
  while (rest.length >= HEADER_BYTES && rest.length >= rest.readUInt32LE(0)) {
    const length = Math.max(rest.readUInt32LE(0), HEADER_BYTES);
    requests.push({
      operation: rest.readUInt32LE(4),
      unique: rest.readBigUInt64LE(8),
      node: rest.readBigUInt64LE(16),
      body: rest.subarray(HEADER_BYTES, length),
    });
    rest = rest.subarray(length);
  }
  return { requests, rest };
}

/** `errno` 0 for one that has been done. */
export function answer(unique: bigint, errno: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeInt32LE(-errno, 4);
  header.writeBigUInt64LE(unique, 8);
  return Buffer.concat([header, body]);
}

/** The names that follow a request's numbers, each ended by a zero. */
export function namesIn(body: Buffer, offset: number): string[] {
  return body.subarray(offset).toString("utf8").split("\0").slice(0, -1);
}

const [ATOMIC_TRUNCATION, BIG_WRITES] = [1 << 3, 1 << 5];
const MAX_WRITE = 128 * 1024;

export function initBody(asked: Buffer): Buffer {
  const body = Buffer.alloc(64);
  const numbers = [7, 31, asked.readUInt32LE(8), ATOMIC_TRUNCATION | BIG_WRITES];
  for (const [at, number] of numbers.entries()) body.writeUInt32LE(number, at * 4);
  body.writeUInt16LE(12, 16); // requests at a time, and from when on there are many
  body.writeUInt16LE(9, 18);
  body.writeUInt32LE(MAX_WRITE, 20);
  body.writeUInt32LE(1, 24); // nanoseconds
  return body;
}

export type Attributes = {
  inode: bigint;
  bytes: number;
  /** Seconds since the epoch. */
  mtime: number;
  /** With the type of the file. */
  mode: number;
  links: number;
  group: number;
};

const ATTRIBUTE_BYTES = 88;

function attributes(of: Attributes): Buffer {
  const body = Buffer.alloc(ATTRIBUTE_BYTES);
  const long = [of.inode, of.bytes, Math.ceil(of.bytes / 4096), of.mtime, of.mtime, of.mtime];
  for (const [at, number] of long.entries()) body.writeBigUInt64LE(BigInt(number), at * 8);
  const short = [of.mode, of.links, 0, of.group, 0, 4096];
  for (const [at, number] of short.entries()) body.writeUInt32LE(number, 60 + at * 4);
  return body;
}

/** Valid for no time: the other node may change it. */
export function attributesBody(of: Attributes): Buffer {
  return Buffer.concat([Buffer.alloc(16), attributes(of)]);
}

export function entryBody(of: Attributes): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(of.inode, 0);
  return Buffer.concat([head, attributes(of)]);
}

const DIRECT_IO = 1;

export function openBody(handle: bigint): Buffer {
  const body = Buffer.alloc(16);
  body.writeBigUInt64LE(handle, 0);
  body.writeUInt32LE(DIRECT_IO, 8);
  return body;
}

export function writtenBody(bytes: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32LE(bytes, 0);
  return body;
}

export type Space = { blocks: number; free: number; files: number; freeFiles: number };

export function spaceBody({ blocks, free, files, freeFiles }: Space): Buffer {
  const body = Buffer.alloc(80);
  for (const [at, number] of [blocks, free, free, files, freeFiles].entries())
    body.writeBigUInt64LE(BigInt(number), at * 8);
  for (const [at, number] of [4096, 256, 4096].entries()) body.writeUInt32LE(number, 40 + at * 4);
  return body;
}

/** One name of a folder; `offset` is where the next one begins, `type` as in a mode. Its number comes with a look-up. */
export function nameBody(name: string, of: { type: number; offset: number }): Buffer {
  const text = Buffer.from(name);
  const body = Buffer.alloc(24 + Math.ceil(text.length / 8) * 8);
  body.writeBigUInt64LE(1n, 0);
  body.writeBigUInt64LE(BigInt(of.offset), 8);
  body.writeUInt32LE(text.length, 16);
  body.writeUInt32LE(of.type >> 12, 20);
  text.copy(body, 24);
  return body;
}
