/** The team's key for guests: made once by what starts the team, mode 0600, and used for nothing but guests. */
import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { type Env, loadConfig } from "../../agents/base/config.ts";
import { keepKeyPair } from "../../lab/machines/ssh-keys.ts";
import { PROJECT_DIR } from "./project.ts";

const COMMENT = "ai-minilab-guests";

export function guestKeyFile(env: Env): string {
  return resolve(PROJECT_DIR, loadConfig(env).GUEST_KEY_FILE);
}

/** The public half, as in authorized_keys; the pair is made at the first use. */
export function keepGuestKey(file: string): string {
  // one that was cut off between its two halves is none
  if (!existsSync(`${file}.pub`)) rmSync(file, { force: true });
  const { publicKey } = keepKeyPair(file, COMMENT);
  chmodSync(file, 0o600);
  return publicKey;
}

/** Another pair in its place: from now on the earlier one opens nothing for the team. */
export function rotateGuestKey(file: string): string {
  const made = `${file}.new`;
  for (const half of [made, `${made}.pub`]) rmSync(half, { force: true });
  const { publicKey } = keepKeyPair(made, COMMENT);
  renameSync(made, file);
  renameSync(`${made}.pub`, `${file}.pub`);
  return publicKey;
}
