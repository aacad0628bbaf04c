/** Reads single entries of a zip file, such as a saved plan: by its directory, within bounds, with Node's own inflate. */
import { inflateRawSync } from "node:zlib";

const [DIRECTORY_END, DIRECTORY_ENTRY, LOCAL_ENTRY] = [0x06054b50, 0x02014b50, 0x04034b50];
const END_BYTES = 22;
const [STORED, DEFLATED] = [0, 8];

/** The texts of the entries whose name is wanted; undefined when they are more than `maxBytes`, or this is no zip file. */
export function zipTexts(
  zip: Buffer,
  isWanted: (name: string) => boolean,
  maxBytes: number,
): Map<string, string> | undefined {
  try {
    const texts = new Map<string, string>();
    let left = maxBytes;
    for (const entry of directoryOf(zip)) {
      if (!isWanted(entry.name)) continue;
      const content = contentOf(zip, entry, left);
      left -= content.length;
      texts.set(entry.name, content.toString());
    }
    return texts;
  } catch (error) {
    if (error instanceof RangeError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}

type Entry = { name: string; method: number; packedBytes: number; offset: number };

function directoryOf(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf(signature(DIRECTORY_END));
  if (end === -1 || end + END_BYTES > zip.length) throw new RangeError("no zip file");
  const count = zip.readUInt16LE(end + 10);
  const entries: Entry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    expectSignature(zip, at, DIRECTORY_ENTRY);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const nameAt = at + 46;
    entries.push({
      name: zip.toString("utf8", nameAt, nameAt + (nameBytes ?? 0)),
      method: zip.readUInt16LE(at + 10),
      packedBytes: zip.readUInt32LE(at + 20),
      offset: zip.readUInt32LE(at + 42),
    });
    at = nameAt + (nameBytes ?? 0) + (extraBytes ?? 0) + (commentBytes ?? 0);
  }
  return entries;
}

function contentOf(zip: Buffer, { method, packedBytes, offset }: Entry, maxBytes: number): Buffer {
  expectSignature(zip, offset, LOCAL_ENTRY);
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(start, start + packedBytes);
  if (method === STORED && packed.length <= maxBytes) return packed;
  if (method === DEFLATED && maxBytes > 0) return inflateRawSync(packed, { maxOutputLength: maxBytes });
  throw new RangeError("packed in another way, or too long");
}

function expectSignature(zip: Buffer, at: number, expected: number): void {
  if (zip.readUInt32LE(at) !== expected) throw new RangeError("no zip file");
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
