/** ACME accounts and the certificates of nodes. Nothing is ordered from anywhere. */

import { AppError } from "../../../agents/base/errors.ts";
import { named } from "../../cluster/named.ts";
import type { Row } from "../../cluster/state.ts";
import { type Call, type Handlers, read, text, write } from "../call.ts";
import { sectionsOf } from "./sections.ts";

const DIRECTORY = "https://acme-v02.api.letsencrypt.org/directory";
const STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";
const TERMS = "https://letsencrypt.org/documents/LE-SA-v1.5-February-24-2025.pdf";

const ACCOUNT = "/cluster/acme/account/{name}";
const nameOf = (params: Row) => String(params["name"] ?? "default");

export const acmeRoutes: Handlers = {
  "GET /cluster/acme/directories": read(() => [
    { name: "Let's Encrypt V2", url: DIRECTORY },
    { name: "Let's Encrypt V2 Staging", url: STAGING },
  ]),
  "GET /cluster/acme/tos": read(() => TERMS),
  "GET /cluster/acme/meta": read(() => ({
    termsOfService: TERMS,
    website: "https://letsencrypt.org",
    caaIdentities: ["letsencrypt.org"],
  })),
  "GET /cluster/acme/challenge-schema": read(() => [
    { id: "cf", name: "Cloudflare Managed DNS", type: "dns", schema: {} },
    { id: "standalone", name: "standalone", type: "standalone", schema: {} },
  ]),
  "GET /cluster/acme/account": read((call) =>
    Object.keys(sectionsOf(call.state, "acme/accounts")).map((name) => ({ name })),
  ),
  "POST /cluster/acme/account": {
    kind: "task",
    task: "acmeregister",
    id: nameOf,
    begin: (call) => {
      if (named(sectionsOf(call.state, "acme/accounts"), nameOf(call.params)))
        throw new AppError("conflict", `ACME account config file '${nameOf(call.params)}' already exists.`);
    },
    run: (call) => {
      const { contact = "", directory = DIRECTORY, tos_url: tos = "" } = call.params;
      sectionsOf(call.state, "acme/accounts")[nameOf(call.params)] = { contact, directory, tos };
      return "Registering new ACME account..\n";
    },
  },
  [`GET ${ACCOUNT}`]: read((call) => {
    const { contact, directory = DIRECTORY, tos = "" } = accountAt(call);
    const emails = String(contact)
      .split(",")
      .map((one) => `mailto:${one}`);
    return {
      account: {
        contact: emails,
        createdAt: new Date(Date.parse(call.state.bootedAt)).toISOString(),
        status: "valid",
      },
      directory,
      location: `${directory}/acct/1`,
      tos,
    };
  }),
  [`PUT ${ACCOUNT}`]: {
    kind: "task",
    task: "acmeupdate",
    id: nameOf,
    begin: (call) => void accountAt(call),
    run: (call) => {
      if (call.params["contact"] !== undefined) accountAt(call)["contact"] = text(call, "contact");
      return "";
    },
  },
  [`DELETE ${ACCOUNT}`]: {
    kind: "task",
    task: "acmedeactivate",
    id: nameOf,
    begin: (call) => void accountAt(call),
    run: (call) => {
      delete sectionsOf(call.state, "acme/accounts")[nameOf(call.params)];
      return "";
    },
  },
  "GET /nodes/{node}/certificates/info": read((call) => [rootCertificate(call), certificate(call)]),
  "POST /nodes/{node}/certificates/custom": write((call) => {
    sectionsOf(call.state, "certificates")[text(call, "node")] = { certificates: text(call, "certificates") };
    return { ...certificate(call), filename: "pveproxy-ssl.pem" };
  }),
  "DELETE /nodes/{node}/certificates/custom": write((call) => {
    delete sectionsOf(call.state, "certificates")[text(call, "node")];
    return null;
  }),
  ...Object.fromEntries(
    [
      ["POST", "acmenewcert"],
      ["PUT", "acmerenew"],
      ["DELETE", "acmerevoke"],
    ].map(([method, task = ""]) => [
      `${method} /nodes/{node}/certificates/acme/certificate`,
      { kind: "task" as const, task, id: () => "", run: () => "" },
    ]),
  ),
};

function accountAt(call: Call): Row {
  const account = named(sectionsOf(call.state, "acme/accounts"), nameOf(call.params));
  if (!account)
    throw new AppError("not_found", `ACME account config file '${nameOf(call.params)}' does not exist.`);
  return account;
}

const AUTHORITY = "/CN=Proxmox Virtual Environment/OU=lab/O=PVE Cluster Manager CA";

function rootCertificate(call: Call): Row {
  const now = Math.floor(call.now / 1000);
  return {
    ...{ filename: "pve-root-ca.pem", fingerprint: call.settings.caFingerprint },
    ...{ issuer: AUTHORITY, subject: AUTHORITY, san: [] },
    ...{ notbefore: now - 86_400, notafter: now + 3650 * 86_400 },
    ...{ "public-key-type": "id-ecPublicKey", "public-key-bits": 256, pem: "" },
  };
}

function certificate(call: Call): Row {
  const now = Math.floor(call.now / 1000);
  const node = text(call, "node");
  return {
    filename: "pve-ssl.pem",
    fingerprint: call.settings.fingerprint,
    issuer: AUTHORITY,
    subject: `/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN=${node}`,
    san: ["127.0.0.1", "localhost", node],
    notbefore: now - 86_400,
    notafter: now + 730 * 86_400,
    "public-key-type": "id-ecPublicKey",
    "public-key-bits": 256,
    pem: "",
  };
}
