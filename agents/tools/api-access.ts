/** The cluster's API for one run of Terraform: an endpoint and a token that is worth nothing elsewhere. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiProxy, serveApi } from "../host/nodes/api-proxy.ts";
import { joinLines } from "./command-result.ts";
import type { RunFolder } from "./run-folder.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

/** In containers the firewall of the tools lets Terraform's user to this one port of loopback. */
const CONTAINER_PORT = 8_007;
/** Go takes the system's folder of certificates besides. */
const SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

const [MAX_LINES, MAX_LINE_CHARS] = [60, 200];

function moreOf(written: readonly string[]): string[] {
  return written.length > MAX_LINES ? [`  ... and ${written.length - MAX_LINES} more`] : [];
}

/** What a run is given: files for its folder, and its environment when they are in it. */
export type ApiAccess = {
  files: Readonly<Record<string, string>>;
  env: (folder: RunFolder) => Record<string, string>;
};

export const NO_API: ApiAccess = { files: {}, env: () => ({}) };
const CERTIFICATES = "certificates.pem";

/** Without a token there is none, and a provider says what it lacks. What was written is told with the result. */
export async function withApi(
  context: ToolContext,
  { mayWrite }: { mayWrite: boolean },
  use: (api: ApiAccess) => Promise<ToolResult>,
): Promise<ToolResult> {
  const { tokenFile, caFile, nodes, processes, call, secrets, redactor } = context;
  if (!tokenFile || !existsSync(tokenFile)) return await use(NO_API);
  const token = readFileSync(tokenFile, "utf8").trim();
  secrets.learn([token, token.slice(token.indexOf("=") + 1)]);
  const proxy = await serveApi({
    ...{ nodes: nodes.nodes, token, mayWrite, signal: call.signal },
    ca: caFile && existsSync(caFile) ? readFileSync(caFile) : undefined,
    port: processes.sandbox === "container" ? CONTAINER_PORT : undefined,
  });
  try {
    const result = await use(accessTo(proxy));
    const written = proxy.written().map((line) => `  ${line.slice(0, MAX_LINE_CHARS)}`);
    if (written.length === 0) return result;
    const told = redactor(
      ["Written through the cluster's API:", ...written.slice(0, MAX_LINES), ...moreOf(written)].join("\n"),
    );
    return { ...result, stderr: joinLines([result.stderr, told]) };
  } finally {
    await proxy.close();
  }
}

function accessTo({ endpoint, token, certificate }: ApiProxy): ApiAccess {
  const known = existsSync(SYSTEM_CERTIFICATES) ? readFileSync(SYSTEM_CERTIFICATES, "utf8") : "";
  return {
    files: { [CERTIFICATES]: `${certificate}${known}` },
    env: ({ real }) => ({
      PROXMOX_VE_ENDPOINT: endpoint,
      PROXMOX_VE_API_TOKEN: token,
      SSL_CERT_FILE: join(real, CERTIFICATES),
    }),
  };
}
