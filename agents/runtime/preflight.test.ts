import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../base/config.ts";
import type { Role } from "../protocol/roles.ts";
import { createRedactor } from "../redact/redact.ts";
import { freePort, type RedisServer, startRedisServer } from "../testing/redis-server.ts";
import { preflight } from "./preflight.ts";

let redis: RedisServer;
let model: Server;
let node: ReturnType<typeof createServer>;
let project: string;

beforeAll(async () => {
  redis = await startRedisServer();
  model = createHttpServer((request, response) => {
    response.statusCode = request.headers.authorization === "Bearer right" ? 200 : 401;
    response.end("{}");
  }).listen(0, "127.0.0.1");
  node = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await Promise.all([once(model, "listening"), once(node, "listening")]);
});

afterAll(async () => {
  model.close();
  node.close();
  await redis.close();
});

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "preflight-"));
  for (const folder of ["docs/team", "generated_iac/infra", "generated_iac/config", "tmp/app", "prompts"]) {
    mkdirSync(join(project, folder), { recursive: true });
  }
  for (const role of ["DevOps_Builder", "Security_Sentinel", "Architect_Zero"]) {
    writeFileSync(join(project, `prompts/${role}.md`), `You are ${role}\n`);
  }
  writeFileSync(join(project, "tmp/bootstrap_key"), "-----BEGIN OPENSSH PRIVATE KEY-----\n", { mode: 0o600 });
  return () => rmSync(project, { recursive: true, force: true });
});

const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

/** Names and details of what does not hold. */
async function failures(role: Role, changed: Record<string, string> = {}): Promise<Record<string, string>> {
  const config = loadConfig({
    PROJECT_DIR: project,
    MINILAB_PROGRAMS: process.env["MINILAB_PROGRAMS"],
    REDIS_URL: redis.urlOf(role),
    OPENAI_API_BASE: `http://127.0.0.1:${port(model)}/v1`,
    OPENAI_API_KEY: "right",
    PROXMOX_NODES: `pve1=127.0.0.1:${port(node)}`,
    ...changed,
  });
  const checks = await preflight(config, role, {
    redactor: createRedactor([]),
    signal: AbortSignal.timeout(25_000),
  });
  expect(checks.every(({ remedy }) => remedy.length > 0)).toBe(true);
  return Object.fromEntries(checks.filter(({ ok }) => !ok).map(({ name, detail }) => [name, detail]));
}

test("a role whose tools never log in to a node needs neither a key nor nodes", async () => {
  rmSync(join(project, "tmp/bootstrap_key"));
  const none = { PROXMOX_NODES: "", KNOWN_NODES_FILE: "nowhere/known_nodes" };
  expect(await failures("Security_Sentinel", none)).toEqual({});
  expect(Object.keys(await failures("DevOps_Builder", none)).sort()).toEqual([
    "known nodes",
    "nodes",
    "ssh key",
  ]);
});

test("a role that has what its tools need is ready", async () => {
  expect(await failures("DevOps_Builder")).toEqual({});
  expect(await failures("Security_Sentinel")).toEqual({});
});

test("agents that start at the same time do not end each other's commands", async () => {
  const roles = ["DevOps_Builder", "DevOps_Builder", "DevOps_Builder", "Security_Sentinel"] as const;
  expect(await Promise.all(roles.map((role) => failures(role)))).toEqual([{}, {}, {}, {}]);
});

test("a folder that the reviewer must read but is not there is found before the first turn (F32)", async () => {
  rmSync(join(project, "generated_iac/infra"), { recursive: true });
  expect(Object.keys(await failures("Security_Sentinel"))).toEqual(["/app/infra"]);
});

test("each service that does not answer is named", async () => {
  const away = await freePort();
  const found = await failures("DevOps_Builder", {
    REDIS_URL: `redis://127.0.0.1:${away}`,
    OPENAI_API_BASE: `http://127.0.0.1:${away}/v1`,
    PROXMOX_NODES: `pve1=127.0.0.1:${away},pve2=127.0.0.1:${port(node)}`,
  });
  expect(Object.keys(found).sort()).toEqual(["model", "node pve1", "redis"]);
});

test("a model key that is refused is found, and the key is in no detail", async () => {
  const found = await failures("Architect_Zero", { OPENAI_API_KEY: "wrong-secret" });
  expect(Object.keys(found)).toEqual(["model"]);
  expect(found["model"]).toContain("HTTP 401");
  expect(JSON.stringify(found)).not.toContain("wrong-secret");
});

type Answers = Record<string, { status?: number; body: unknown }>;

/** What preflight says of a server that answers so; `asked` are its paths. */
async function modelAnswering(
  answers: Answers,
  path = "/v1",
): Promise<{ told: string | undefined; asked: string[] }> {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { status = 200, body } = answers[`${request.method} ${request.url}`] ?? {
      status: 404,
      body: { detail: "Not Found" },
    };
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${port(server)}${path}`;
  const found = await failures("Architect_Zero", { OPENAI_API_BASE: base, LLM_MODEL: "qwen3" });
  server.closeAllConnections();
  server.close();
  return { told: found["model"], asked };
}

const models = (...ids: string[]) => ({ body: { object: "list", data: ids.map((id) => ({ id })) } });
const CHAT = "POST /v1/chat/completions";

test.each<[string, Answers, string, RegExp]>([
  [
    "a page",
    { "GET /v1/models": { body: "<!doctype html><html><title>Sign in</title></html>" } },
    "/v1",
    /Sign in.*no model endpoint/,
  ],
  ["no /v1", {}, "", /ends in \/v1/],
  [
    "no /v1, said with 200",
    { "GET /models": { body: { error: "Unexpected endpoint (GET /models)" } } },
    "",
    /Unexpected endpoint.*\/v1/,
  ],
  [
    "an empty account",
    { "GET /v1/models": { status: 402, body: { error: { message: "Insufficient Balance" } } } },
    "/v1",
    /402: Insufficient Balance.*account/,
  ],
  [
    "an unknown model",
    {
      "GET /v1/models": models("llama3"),
      [CHAT]: { status: 404, body: { error: { message: "model qwen3 not found" } } },
    },
    "/v1",
    /qwen3 not found.*LLM_MODEL/,
  ],
  [
    "a server that still loads its model",
    { "GET /v1/models": { status: 503, body: { error: { message: "Loading model" } } } },
    "/v1",
    /HTTP 503\b.*still loads its model/,
  ],
  ["no such API", { "GET /v1/models": { status: 404, body: "" } }, "/v1", /HTTP 404/],
])("an endpoint that cannot be the model is found: %s", async (_, answers, path, told) => {
  expect((await modelAnswering(answers, path)).told).toMatch(told);
});

test.each<[string, Answers, number]>([
  ["a model of the list", { "GET /v1/models": models("llama3", "qwen3") }, 1],
  ["Ollama's name for it", { "GET /v1/models": models("qwen3:latest") }, 1],
  [
    "a deployment that no list has",
    { "GET /v1/models": models("gpt-5"), [CHAT]: { body: { choices: [{ message: { content: "pong" } }] } } },
    2,
  ],
  [
    "one that minds the question alone",
    {
      "GET /v1/models": models("gpt-5"),
      [CHAT]: { status: 400, body: { error: { message: "max_tokens is missing" } } },
    },
    2,
  ],
])(
  "an endpoint that can be the model is taken, and asked no more than it must: %s",
  async (_, answers, requests) => {
    const { told, asked } = await modelAnswering(answers);
    expect(told).toBeUndefined();
    expect(asked).toHaveLength(requests);
  },
);

test("a key that others can read, and a missing prompt, are found", async () => {
  chmodSync(join(project, "tmp/bootstrap_key"), 0o644);
  rmSync(join(project, "prompts/DevOps_Builder.md"));
  expect(Object.keys(await failures("DevOps_Builder")).sort()).toEqual(["prompt", "ssh key"]);
});

test("what a role does not use is not asked of it", async () => {
  rmSync(join(project, "tmp/bootstrap_key"));
  rmSync(join(project, "generated_iac"), { recursive: true });
  expect(await failures("Architect_Zero", { PROXMOX_NODES: "" })).toEqual({});
});

test("an audit role without a sandbox is not ready", async () => {
  expect(Object.keys(await failures("Security_Sentinel", { SANDBOX: "none" }))).toEqual(["sandbox"]);
});
