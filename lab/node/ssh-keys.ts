/** Keys of the lab: made once, kept in files of mode 0600, in the format of OpenSSH. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../agents/base/errors.ts";
import { type ParsedKey, utils } from "./ssh-server.ts";

export type KeyPair = { privateKey: string /** One line, as in authorized_keys. */; publicKey: string };

/** The ed25519 key in a file, made on first use. The public half lies beside it as `<file>.pub`. */
export function keepKeyPair(file: string, comment: string): KeyPair {
  if (!existsSync(file)) {
    const made = makeKeyPair(comment);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.pub`, `${made.public}\n`);
    writeFileSync(file, made.private, { mode: 0o600 });
  }
  return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
}

/** Of a public ed25519 key: the name and 32 bytes, each after its length. */
const PUBLIC_KEY_BYTES = 51;

/** ssh2 drops leading zero bytes of a public key, which makes one key in 256 unreadable for OpenSSH: not that one. */
function makeKeyPair(comment: string): { private: string; public: string } {
  const made = utils.generateKeyPairSync("ed25519", { comment });
  const encoded = made.public.split(" ")[1] ?? "";
  return Buffer.from(encoded, "base64").length === PUBLIC_KEY_BYTES ? made : makeKeyPair(comment);
}

/** A line of authorized_keys without options, or undefined. */
export function parsePublicKey(line: string): ParsedKey | undefined {
  const parsed = utils.parseKey(line);
  return parsed instanceof Error || Array.isArray(parsed) ? undefined : parsed;
}

/** `SHA256:...`, as `ssh-keygen -l` prints it. AppError `bad_config` for a line that holds no key. */
export function fingerprintOf(publicKey: string): string {
  const key = parsePublicKey(publicKey);
  if (!key) throw new AppError("bad_config", "not a public key in the format of OpenSSH");
  return `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replace(/=$/, "")}`;
}
