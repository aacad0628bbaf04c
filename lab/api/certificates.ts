/** The cluster's certificates, made once per directory with the openssl program: a CA of its own, and one for pveproxy. */
import { execFile } from "node:child_process";
import { randomUUID, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError } from "../../agents/base/errors.ts";

const run = promisify(execFile);
const DAYS = "3650";

export type Certificates = {
  /** PEM, for clients: what stands at /etc/pve/pve-root-ca.pem. */
  caFile: string;
  key: string;
  certificate: string;
  /** `AA:BB:...`, SHA-256 of the certificate. */
  fingerprint: string;
  caFingerprint: string;
};

/** `names`: host names and addresses. AppError `missing_requirement` without the openssl program. */
export async function keepCertificates(
  directory: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Certificates> {
  const file = (name: string) => join(directory, name);
  const [caFile, keyFile, certificateFile] = [
    file("pve-root-ca.pem"),
    file("pve-ssl.key"),
    file("pve-ssl.pem"),
  ];
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(certificateFile)) await make(directory, names, signal);
  const certificate = readFileSync(certificateFile, "utf8");
  const { fingerprint256 } = new X509Certificate(certificate);
  const { fingerprint256: caFingerprint } = new X509Certificate(readFileSync(caFile));
  const key = readFileSync(keyFile, "utf8");
  return { caFile, key, certificate, fingerprint: fingerprint256, caFingerprint };
}

async function make(directory: string, names: readonly string[], signal: AbortSignal): Promise<void> {
  const openssl = async (...args: string[]) => {
    try {
      await run("openssl", args, { cwd: directory, signal, env: { PATH: "/usr/bin:/bin:/usr/local/bin" } });
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT")
        throw new AppError("missing_requirement", "openssl is missing: apt-get install openssl", { cause });
      throw cause;
    }
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = `/CN=Proxmox Virtual Environment/OU=${randomUUID()}/O=PVE Cluster Manager CA`;
  const authority = [
    "-keyout",
    "pve-root-ca.key",
    "-out",
    "pve-root-ca.pem",
    "-addext",
    "keyUsage=critical,keyCertSign,cRLSign",
  ];
  await openssl("req", "-x509", ...key, "-days", DAYS, "-subj", subject, ...authority);
  await openssl(
    "req",
    ...key,
    "-keyout",
    "pve-ssl.key",
    "-out",
    "pve-ssl.csr",
    "-subj",
    `/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN=${names[0]}`,
  );
  const kind = (name: string) => (/^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`);
  const extensions = `basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=${names.map(kind).join(",")}\n`;
  writeFileSync(join(directory, "pve-ssl.ext"), extensions, { mode: 0o600 });
  const signing = ["-CA", "pve-root-ca.pem", "-CAkey", "pve-root-ca.key", "-CAcreateserial", "-days", DAYS];
  await openssl(
    "x509",
    "-req",
    "-in",
    "pve-ssl.csr",
    ...signing,
    "-extfile",
    "pve-ssl.ext",
    "-out",
    "pve-ssl.pem",
  );
}
