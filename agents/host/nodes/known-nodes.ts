/**
 * The pinned host keys: a file in OpenSSH's known_hosts format that belongs to the operator, so that ssh,
 * ansible and the agent's own client trust exactly the same keys. Code appends to it, and never changes a line.
 */
import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../base/errors.ts";

/** A host whose key is pinned: by its address, or by `pin` alone, which names it in the file for as long as it is the same host. */
export type PinnedHost = { name: string; host: string; port: number; pin?: string };

type PinnedKey = { names: string[]; type: string; key: string; line: number };

/** A host key as the node presents it: the SSH wire form. */
export type HostKey = Buffer;

/** The key types pinned for a node, none before the first contact. AppError `bad_config` for an unreadable line. */
export async function pinnedTypes(file: string, node: PinnedHost): Promise<string[]> {
  return (await pinnedFor(file, node)).map((pinned) => pinned.type);
}

/** The fingerprints of the keys pinned for a node, none before the first contact. Errors as above. */
export async function pinnedFingerprints(file: string, node: PinnedHost): Promise<string[]> {
  return (await pinnedFor(file, node)).map(({ key }) => fingerprint(Buffer.from(key, "base64")));
}

/**
 * Accept a key that is pinned, record one at the first contact (the answer is "recorded" then), and refuse any
 * other with `not_allowed`. Two first contacts at once: the line that came first in the file counts.
 */
export async function checkHostKey(
  file: string,
  node: PinnedHost,
  key: HostKey,
): Promise<"known" | "recorded"> {
  const before = await pinnedFor(file, node);
  if (before.length > 0) {
    assertPinned(before, { file, node, key });
    return "known";
  }
  const names = node.pin ?? `${node.name},${addressName(node)}`;
  await append(file, `${names} ${keyType(key)} ${key.toString("base64")}\n`);
  assertPinned((await pinnedFor(file, node)).slice(0, 1), { file, node, key });
  return "recorded";
}

/** Whether one of the nodes has this key. */
export async function isPinned(file: string, nodes: readonly PinnedHost[], key: HostKey): Promise<boolean> {
  const pinned = await Promise.all(nodes.map((node) => pinnedFor(file, node)));
  const encoded = key.toString("base64");
  return pinned.flat().some((entry) => entry.key === encoded);
}

/** As `ssh-keygen -lf` prints it. */
export function fingerprint(key: HostKey): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=$/, "")}`;
}

function assertPinned(pinned: PinnedKey[], seen: { file: string; node: PinnedHost; key: HostKey }): void {
  const { file, node, key } = seen;
  const encoded = key.toString("base64");
  if (pinned.some((entry) => entry.key === encoded)) return;
  const known = pinned
    .map((entry) => `${fingerprint(Buffer.from(entry.key, "base64"))} (line ${entry.line})`)
    .join(", ");
  throw new AppError(
    "not_allowed",
    `The host key of ${node.name} (${node.pin ? `${node.host}:${node.port}` : addressName(node)}) is not the pinned one: it presents ${fingerprint(key)}, ` +
      `${file} has ${known}. Nothing was sent. Either somebody is in between or the node was reinstalled; only the ` +
      "operator can tell, and then deletes that line of the file, or removes the guest and adds it again.",
  );
}

async function pinnedFor(file: string, node: PinnedHost): Promise<PinnedKey[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return parse(text, file).filter((entry) => entry.names.includes(addressName(node)));
}

/** Hashed names, patterns and @markers could hide an entry, so they are an error and never skipped. */
function parse(text: string, file: string): PinnedKey[] {
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const match = /^([^\s@|*?!]+) +([a-z0-9-]+) +([A-Za-z0-9+/]+=*)(\s.*)?$/.exec(line);
    if (match?.[1] && match[2] && match[3]) {
      return [{ names: match[1].split(","), type: match[2], key: match[3], line: index + 1 }];
    }
    throw new AppError(
      "bad_config",
      `Line ${index + 1} of ${file} is not "names keytype key" in plain form (no hashed names, patterns or @markers).`,
    );
  });
}

/** One write, so that lines of several agents never mix. */
async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const text = await readFile(file, "utf8").catch(() => "");
  await appendFile(file, text === "" || text.endsWith("\n") ? line : `\n${line}`, { mode: 0o644 });
}

/** How ssh looks an address up: with the port in brackets unless it is 22. */
function addressName({ host, port, pin }: PinnedHost): string {
  if (pin !== undefined) return pin;
  return port === 22 ? host : `[${host}]:${port}`;
}

function keyType(key: HostKey): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}
