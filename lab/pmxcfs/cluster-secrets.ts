/** What the installation and `pvecm updatecerts` leave in /etc/pve: keys, certificates, whom the nodes trust. */
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificates } from "../api/certificates.ts";

export type Member = {
  name: string;
  address: string;
  hostKey: { publicKey: string };
  rootKey: { publicKey: string };
};

export type SecretsOptions = {
  /** Where the lab keeps its certificates, and these keys. */
  directory: string;
  certificates: Certificates;
  members: readonly Member[];
  /** Lines of authorized_keys, for root, besides those of the nodes. */
  authorizedKeys: string;
};

/** By path below /etc/pve. */
export function clusterSecrets({ directory, certificates, members, authorizedKeys }: SecretsOptions) {
  const [ticketKey, formKey] = [
    keepKey(join(directory, "authkey.key")),
    keepKey(join(directory, "pve-www.key")),
  ];
  const known = members.map(({ name, address, hostKey }) => `${name},${address} ${hostKey.publicKey}\n`);
  const ofNodes = members.flatMap(({ name, hostKey }): [string, string][] => [
    [`nodes/${name}/pve-ssl.pem`, certificates.certificate],
    [`nodes/${name}/pve-ssl.key`, certificates.key],
    [`nodes/${name}/ssh_known_hosts`, `${name} ${hostKey.publicKey}\n`],
  ]);
  return {
    ...Object.fromEntries(ofNodes),
    "authkey.pub": ticketKey.publicKey,
    "pve-root-ca.pem": readFileSync(certificates.caFile, "utf8"),
    "pve-www.key": formKey.privateKey,
    "vzdump.cron": VZDUMP_CRON,
    "priv/authkey.key": ticketKey.privateKey,
    "priv/authorized_keys": authorizedKeys + members.map(({ rootKey }) => `${rootKey.publicKey}\n`).join(""),
    "priv/known_hosts": known.join(""),
    "priv/pve-root-ca.key": readFileSync(certificates.caFile.replace(/\.pem$/, ".key"), "utf8"),
  };
}

const VZDUMP_CRON = `# cluster wide vzdump cron schedule
# Automatically generated file - do not edit

PATH="/usr/sbin:/usr/bin:/sbin:/bin"

`;

/** In PEM; nothing in the lab is signed with it. */
function keepKey(file: string): { privateKey: string; publicKey: string } {
  if (!existsSync(file)) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    writeFileSync(`${file}.pub`, publicKey.export({ type: "spki", format: "pem" }));
  }
  return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8") };
}
