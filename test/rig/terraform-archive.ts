/** Serves the Terraform of this machine as its maker serves it, for tests of the download: on loopback, one archive. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { crc32 } from "node:zlib";

export type TerraformArchive = AsyncDisposable & { address: string };

const SCRIPT = join(import.meta.dirname, "../../launcher/programs/terraform.py");

/** Undefined when there is none here, or another version than the pinned one: then the official place is asked. */
export async function serveTerraform(): Promise<TerraformArchive | undefined> {
  const found = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "terraform"));
  const file = found.find((candidate) => existsSync(candidate));
  if (file === undefined) return undefined;
  const program = readFileSync(file);
  const checksum = createHash("sha256").update(program).digest("hex");
  return readFileSync(SCRIPT, "utf8").includes(checksum) ? await serveArchive(program) : undefined;
}

/** Whatever is asked for ends with `.zip` and is an archive with this program. */
export async function serveArchive(program: Buffer): Promise<TerraformArchive> {
  const archive = zipOf("terraform", program);
  const server = createServer((request, response) => {
    if (!request.url?.endsWith(".zip")) response.writeHead(404);
    response.end(request.url?.endsWith(".zip") ? archive : undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/terraform`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** One file, not compressed. */
function zipOf(name: string, content: Buffer): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0); // the version that can read it
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name)]);
  const entry = Buffer.concat([
    Buffer.from("PK\x01\x02\x14\x00"),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length + content.length, 16);
  return Buffer.concat([local, content, entry, end]);
}
