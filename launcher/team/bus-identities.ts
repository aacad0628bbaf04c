/**
 * Makes the identities on the bus: `<directory>/users.acl` for Redis, and for each identity a folder of its own with a
 * password, so that each program can be given its own alone. A password that is there is kept.
 */
import { createHash, randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { aclFile, type Identity, identitiesOf } from "../../agents/bus/acl.ts";
import type { BusMode } from "../../agents/bus/channels.ts";

export type Owner = { uid: number; gid: number };

/** Where the password of an identity is: alone in its file, mode 0400. */
export function passwordFile(directory: string, identity: Identity): string {
  return join(directory, identity, "password");
}

/** Where Redis finds its users; it holds no password, only their digests. */
export function aclPath(directory: string): string {
  return join(directory, "users.acl");
}

/** Idempotent. `owner` gets the folders and the passwords; without one they are the caller's. */
export function makeIdentities(directory: string, mode: BusMode, owner?: Owner): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const passwords = new Map(identitiesOf(mode).map((name) => [name, makePassword(directory, name, owner)]));
  const hashOf = (identity: Identity) => sha256(passwords.get(identity) ?? "");
  replaceFile(aclPath(directory), aclFile(mode, hashOf), 0o444);
}

function makePassword(directory: string, identity: Identity, owner: Owner | undefined): string {
  const file = passwordFile(directory, identity);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) replaceFile(file, randomBytes(32).toString("hex"), 0o400);
  const password = readFileSync(file, "utf8");
  if (owner) for (const path of [file, dirname(file)]) chownSync(path, owner.uid, owner.gid);
  return password;
}

/** Whole or not at all, also when this is interrupted. */
function replaceFile(file: string, text: string, mode: number): void {
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
