/** Keys of the lab: made once, kept in files of mode 0600, in the format of OpenSSH. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { AppError } from "../../agents/base/errors.ts";

export type KeyPair = { privateKey: string /** One line, as in authorized_keys. */; publicKey: string };

export type KeyKind = "ed25519" | "ecdsa" | "rsa";

export type KeyPlace = { file: string; comment: string; kind: KeyKind };

/** Those of them that are not there yet, all at once. */
export async function makeKeyPairs(places: readonly KeyPlace[], signal: AbortSignal): Promise<void> {
  const missing = places.filter(({ file }) => !existsSync(file));
  for (const { file } of missing) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  await Promise.all(missing.map((place) => promisify(execFile)("ssh-keygen", keygen(place), { signal })));
}

/** The key in a file, made on first use. The public half lies beside it as `<file>.pub`. */
export function keepKeyPair(file: string, comment: string, kind: KeyKind = "ed25519"): KeyPair {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    execFileSync("ssh-keygen", keygen({ file, comment, kind }));
  }
  return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
}

function keygen({ file, comment, kind }: KeyPlace): string[] {
  return ["-q", "-t", kind, "-N", "", "-C", comment, "-f", file];
}

/** `SHA256:...`, as `ssh-keygen -l` prints it. AppError `bad_config` for a line that holds no key. */
export function fingerprintOf(publicKey: string): string {
  const [kind = "", body = ""] = publicKey.split(" ");
  const bytes = Buffer.from(body, "base64");
  const named = bytes.subarray(4, 4 + kind.length).toString("latin1");
  if (kind === "" || named !== kind)
    throw new AppError("bad_config", "not a public key in the format of OpenSSH");
  return `SHA256:${createHash("sha256").update(bytes).digest("base64").replace(/=$/, "")}`;
}
