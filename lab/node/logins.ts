/** Who may log in to a node: only root, by a key of its authorized_keys or, while sshd allows it, by password. */
import { createHash, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { type AuthContext, type AuthenticationType, type ParsedKey, utils } from "./ssh-server.ts";
import type { SshdSettings } from "./sshd-settings.ts";

export type Logins = {
  authorizedKeysFile: string;
  passwordFile: string;
  settings(): SshdSettings;
};

/** Answers one request of a client; a refusal names the methods that are left. */
export function decideLogin(context: AuthContext, logins: Logins): void {
  const settings = logins.settings();
  const allowed: AuthenticationType[] = [
    ...(settings.keyLogin ? (["publickey"] as const) : []),
    ...(settings.passwordLogin ? (["password"] as const) : []),
  ];
  const known = context.username === "root" && allowed.includes(context.method);
  if (known && proves(context, logins)) context.accept();
  else context.reject(allowed);
}

function proves(context: AuthContext, logins: Logins): boolean {
  if (context.method === "password") return samePassword(context.password, logins.passwordFile);
  if (context.method !== "publickey") return false;
  const offered = context.key;
  const key = authorizedKeys(logins).find((candidate) => candidate.getPublicSSH().equals(offered.data));
  if (!key) return false;
  if (!context.signature || !context.blob) return true; // only asks whether the key would do
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

/** Read again for each login: a key that was taken out is out. Options before a key are not understood: no login. */
function authorizedKeys({ authorizedKeysFile }: Logins): ParsedKey[] {
  if (!existsSync(authorizedKeysFile)) return [];
  const lines = readFileSync(authorizedKeysFile, "utf8")
    .split("\n")
    .map((line) => line.trim());
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => parsePublicKey(line) ?? []);
}

/** Compared as digests: equal length, equal time. */
function samePassword(given: string, file: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(given), digest(readFileSync(file, "utf8").trim()));
}

/** A line of authorized_keys without options, or undefined. */
function parsePublicKey(line: string): ParsedKey | undefined {
  const parsed = utils.parseKey(line);
  return parsed instanceof Error || Array.isArray(parsed) ? undefined : parsed;
}
