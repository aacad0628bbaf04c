/** What makes a machine itself and no other: its host keys, root's own key, whom it knows. Kept between starts. */
import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type KeyKind, type KeyPair, type KeyPlace, keepKeyPair } from "./ssh-keys.ts";

/** Debian makes three kinds of host keys; the first is a machine's identity. */
const OTHER_KINDS = ["ecdsa", "rsa"] as const;

export type Identity = {
  name: string;
  address: string;
  hostKey: KeyPair;
  otherHostKeys: readonly (KeyPair & { kind: KeyKind })[];
  rootKey: KeyPair;
};

/** The keys of a machine that is new, by its directory and name: to be made for all machines at once. */
export function keyPlaces(directory: string, name: string): KeyPlace[] {
  const places: [file: string, kind: KeyKind][] = [
    ["ssh_host_ed25519_key", "ed25519"],
    ["root_rsa_key", "rsa"],
    ...OTHER_KINDS.map((kind): [string, KeyKind] => [`ssh_host_${kind}_key`, kind]),
  ];
  return places.map(([file, kind]) => ({ file: join(directory, file), comment: `root@${name}`, kind }));
}

/** `directory` is the machine's. */
export function keepIdentity(
  directory: string,
  { name, address }: { name: string; address: string },
): Identity {
  return {
    ...{ name, address },
    hostKey: keepKeyPair(join(directory, "ssh_host_ed25519_key"), `root@${name}`),
    rootKey: keepKeyPair(join(directory, "root_rsa_key"), `root@${name}`, "rsa"),
    otherHostKeys: OTHER_KINDS.map((kind) => ({
      kind,
      ...keepKeyPair(join(directory, `ssh_host_${kind}_key`), `root@${name}`, kind),
    })),
  };
}

export type IdentityOptions = {
  root: string;
  own: Identity;
  /** All machines that know each other, this one too. */
  all: readonly Identity[];
  /** Content for root's authorized_keys, written when it has none yet. */
  authorizedKeys: string;
  /** Whether the cluster has one for all its nodes, to which root's leads then. */
  sharesKeys: boolean;
};

/** Into the files of a machine, `root` being its `/`. */
export function writeIdentity({ root, own, all, authorizedKeys, sharesKeys }: IdentityOptions): void {
  const put = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode });
  };
  const once = (path: string, content: string, mode?: number) => {
    if (!existsSync(join(root, path))) put(path, content, mode);
  };
  put("etc/ssh/ssh_host_ed25519_key", own.hostKey.privateKey, 0o600);
  put("etc/ssh/ssh_host_ed25519_key.pub", `${own.hostKey.publicKey}\n`);
  for (const { kind, privateKey, publicKey } of own.otherHostKeys) {
    once(`etc/ssh/ssh_host_${kind}_key`, privateKey, 0o600);
    once(`etc/ssh/ssh_host_${kind}_key.pub`, `${publicKey}\n`);
  }
  once("root/.ssh/id_rsa", own.rootKey.privateKey, 0o600);
  once("root/.ssh/id_rsa.pub", `${own.rootKey.publicKey}\n`);
  once("root/.ssh/config", SSH_CONFIG, 0o640);
  const rootKeys = all.map(({ rootKey }) => `${rootKey.publicKey}\n`).join("");
  const place = "root/.ssh/authorized_keys";
  const isThere = lstatSync(join(root, place), { throwIfNoEntry: false }) !== undefined;
  if (!isThere && sharesKeys) symlinkSync("/etc/pve/priv/authorized_keys", join(root, place));
  else if (!isThere) put(place, authorizedKeys + rootKeys, 0o600);
  const known = all.map(({ name, address, hostKey }) => `${name},${address} ${hostKey.publicKey}\n`);
  put("etc/ssh/ssh_known_hosts", known.join(""));
  once("root/.ssh/known_hosts", known.join(""), 0o600);
}

/** As PVE/Cluster/Setup.pm, setup_rootsshconfig. */
const SSH_CONFIG =
  "Ciphers aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com\n";
