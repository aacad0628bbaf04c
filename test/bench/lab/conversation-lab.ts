/** The cluster that the recorded conversations were held with, on HTTPS, with a clock that only moves when it is told to. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepCertificates } from "../../../lab/api/certificates.ts";
import { issueToken, openApi } from "../../../lab/api/open-api.ts";
import type { Api } from "../../../lab/api/perform.ts";
import { serveApi } from "../../../lab/api/server.ts";
import type { ClusterState, ContentType } from "../../../lab/cluster/state.ts";
import { openStore } from "../../../lab/cluster/store.ts";

export type Answer = { status: number; phrase: string; body: unknown };
export type Question = { method: string; path: string; query?: string; body?: string; type?: string };

export type ConversationLab = {
  api: Api;
  ask(question: Question): Promise<Answer>;
  passSeconds(seconds: number): void;
  /** Puts a file into a storage, as an upload over SSH does. */
  place(node: string, volumeId: string): void;
  close(): Promise<void>;
};

const TASK_MS = 2000;
const AGENT_MS = 6000;
const TEMPLATE = "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst";

export async function openConversationLab(signal: AbortSignal): Promise<ConversationLab> {
  const directory = mkdtempSync(join(tmpdir(), "lab-conversation-"));
  let now = Date.UTC(2026, 1, 26, 15, 22, 49);
  const store = openStore({ stateFile: join(directory, "cluster.json"), start: "day3", now: () => now });
  const names = ["pve1", "pve2", "localhost", "127.0.0.1"];
  const certificates = await keepCertificates(directory, names, signal);
  const settings = {
    durations: { default: TASK_MS, imgdel: 0, download: 0 },
    agentDelayMs: AGENT_MS,
    fingerprint: certificates.fingerprint,
  };
  const api = openApi(store, { settings });
  store.change(prepare);
  const token = issueToken(api, "root@pam!tf");
  const server = await serveApi(api, certificates, { port: 0 });
  const ca = readFileSync(certificates.caFile, "utf8");
  const place = (node: string, id: string) => void store.change((draft) => addFile(draft, node, id));
  place("pve1", TEMPLATE);
  return {
    api,
    place,
    ask: (question) => ask(server.url, { question, token, ca }),
    passSeconds: (seconds) => {
      now += seconds * 1000;
    },
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Room for all, snippets allowed, an agent in the template, the user of the recording. */
function prepare(draft: ClusterState): void {
  for (const { storages } of draft.nodes)
    for (const storage of storages) if (storage.name === "local") storage.content.push("snippets");
  for (const node of draft.nodes) node.memoryBytes = 64 * 1024 ** 3;
  for (const { config } of draft.guests) config["agent"] = "enabled=1";
  draft.sections["users"] = { ...draft.sections["users"], "terraform@pve": { enable: 1, expire: 0 } };
}

function addFile(draft: ClusterState, node: string, id: string): void {
  const [storage = "", name = ""] = id.split(":");
  const content = name.split("/")[0] as ContentType;
  const format = content === "snippets" ? "snippet" : (name.split(".").at(-1) ?? "raw");
  draft.volumes.push({ node, storage, name, vmid: 0, sizeBytes: 1024, content, format, createdAt: 1 });
}

function ask(url: string, how: { question: Question; token: string; ca: string }): Promise<Answer> {
  const { method, path, query, body, type } = how.question;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const target = new URL(`/api2/json${path}${query ? `?${query}` : ""}`, url);
  const headers: Record<string, string> = {
    authorization: `PVEAPIToken=${how.token}`,
    accept: "application/json",
  };
  if (body !== undefined) {
    headers["content-type"] = type ?? "application/x-www-form-urlencoded";
    headers["content-length"] = String(Buffer.byteLength(body));
  }
  const sent = request(target, { method, headers, ca: how.ca }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      resolve({
        status: response.statusCode ?? 0,
        phrase: response.statusMessage ?? "",
        body: JSON.parse(text),
      });
    });
  });
  sent.on("error", reject);
  sent.end(body);
  return promise;
}
