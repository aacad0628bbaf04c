/** A certificate for a server on 127.0.0.1, by the openssl program. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AppError, describeError } from "../../base/errors.ts";

/** PEM both, on no disk. AppError `missing_requirement` without the program. */
export async function makeCertificate(signal: AbortSignal): Promise<{ key: string; certificate: string }> {
  const what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const whom = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const args = [...what, ...whom, "-keyout", "-"];
  try {
    const { stdout } = await promisify(execFile)("openssl", args, { signal, env: { PATH: "/usr/bin:/bin" } });
    const [key = "", certificate = ""] = stdout.split(/(?=-----BEGIN CERTIFICATE-----)/);
    return { key, certificate };
  } catch (error) {
    signal.throwIfAborted();
    throw new AppError("missing_requirement", `openssl: ${describeError(error)}; apt-get install openssl`);
  }
}
