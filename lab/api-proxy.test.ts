import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../agents/base/config.ts";
import { type ApiProxy, serveApi } from "../agents/host/nodes/api-proxy.ts";
import { type Lab, startLab } from "./lab.ts";
import { removeLab } from "./machines/remove-lab.ts";

const signal = AbortSignal.timeout(120_000);
let directory: string;
let lab: Lab;
let token: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "lab-api-proxy-"));
  lab = await startLab({ directory, start: "fresh", signal });
  token = lab.issueToken("proxy");
});
afterAll(async () => {
  await lab.close();
  await removeLab(directory);
});

async function serve(mayWrite: boolean, nodes = loadConfig(lab.settings).PROXMOX_NODES): Promise<ApiProxy> {
  return await serveApi({ nodes, ca: readFileSync(lab.caFile), token, mayWrite, signal });
}

type Ask = { method?: string; path: string; token?: string; body?: Record<string, string> };

async function ask(proxy: ApiProxy, { method = "GET", path, token = proxy.token, body }: Ask) {
  const sent = request(new URL(proxy.endpoint), {
    ...{ method, path, ca: proxy.certificate, signal },
    headers: {
      authorization: `PVEAPIToken=${token}`,
      connection: "close",
      ...(body && { "content-type": "application/x-www-form-urlencoded" }),
    },
  });
  sent.end(body && new URLSearchParams(body).toString());
  const [answer] = await once(sent, "response");
  return { status: answer.statusCode as number, reason: answer.statusMessage as string, answer };
}

test("what has the worthless token reads the cluster, and never sees the real one", async () => {
  const proxy = await serve(false);
  const { status, answer } = await ask(proxy, { path: "/api2/json/nodes" });
  expect([
    status,
    ((await json(answer)) as { data: { node: string }[] }).data.map(({ node }) => node).sort(),
  ]).toEqual([200, ["pve1", "pve2"]]);
  expect(proxy.token).not.toContain(token.split("=")[1]);
  expect(proxy.written()).toEqual([]);
  await proxy.close();
});

test("its token is worth nothing at the cluster, nor is the real one or none at the proxy", async () => {
  const proxy = await serve(true);
  for (const other of [token, "", `${proxy.token}0`])
    expect((await ask(proxy, { path: "/api2/json/nodes", token: other })).status).toBe(401);
  const direct = { ...proxy, endpoint: `${lab.apiUrl}/`, certificate: readFileSync(lab.caFile, "utf8") };
  expect((await ask(direct, { path: "/api2/json/nodes" })).status).toBe(401);
  await proxy.close();
});

const CREATE = {
  method: "POST",
  path: "/api2/json/nodes/pve1/qemu",
  body: { vmid: "4711", name: "by-proxy" },
};

const guests = async () => (await lab.state()).guests.map(({ vmid }) => vmid);

test("a run that only reads changes nothing, by no method", async () => {
  const proxy = await serve(false);
  for (const method of ["POST", "PUT", "DELETE", "PATCH"])
    expect((await ask(proxy, { ...CREATE, method })).status).toBe(403);
  expect(await guests()).not.toContain(4711);
  await proxy.close();
});

test("one that may write does, and what it wrote is written down, refusals of the cluster too", async () => {
  const proxy = await serve(true);
  expect((await ask(proxy, CREATE)).status).toBe(200);
  expect(await guests()).toContain(4711);
  expect((await ask(proxy, { ...CREATE, path: "/api2/json/nodes/pve9/qemu" })).status).toBeGreaterThanOrEqual(
    400,
  );
  expect(proxy.written()).toEqual([
    "POST /nodes/pve1/qemu: 200",
    expect.stringMatching(/^POST \/nodes\/pve9\/qemu: [45]\d\d$/),
  ]);
  await proxy.close();
});

test.each([
  ["/api2/json/access/users/root%40pam/token/more", "accounts"],
  ["/api2/json/access/users/root@pam", "accounts"],
  ["/api2/json/access/users/other@pve/token/more", "accounts"],
  ["/api2/json/access/acl", "accounts"],
  ["/api2/json/access/./users/root@pam", "only"],
  ["/api2/json/nodes/../access/users/root@pam/token/more", "only"],
  ["/api2/json//access/users/root@pam/token/more", "only"],
  ["/api2/json/%252e%252e/access", "only"],
  ["/api2/extjs/nodes", "only"],
  ["/", "only"],
])("%s is refused", async (path, reason) => {
  const proxy = await serve(true);
  const refused = await ask(proxy, { method: "POST", path, body: {} });
  expect([refused.status, refused.reason]).toEqual([403, expect.stringContaining(reason)]);
  expect(proxy.written()).toEqual([]);
  await proxy.close();
});

test("a node that does not answer is passed over; where none does, that is said", async () => {
  const nowhere = { name: "away", host: "127.0.0.1", port: 1 };
  const nodes = loadConfig(lab.settings).PROXMOX_NODES;
  const proxy = await serve(false, [nowhere, ...nodes]);
  expect((await ask(proxy, { path: "/api2/json/version" })).status).toBe(200);
  await proxy.close();
  const lost = await serve(false, [nowhere]);
  const { status, answer } = await ask(lost, { path: "/api2/json/version" });
  expect([status, await text(answer)]).toEqual([595, expect.stringContaining("away")]);
  await lost.close();
});

test("a cluster that another authority signs for is not spoken to", async () => {
  const nodes = loadConfig(lab.settings).PROXMOX_NODES;
  const proxy = await serveApi({ nodes, ca: undefined, token, mayWrite: false, signal });
  const { status, reason } = await ask(proxy, { path: "/api2/json/version" });
  expect([status, reason]).toEqual([595, expect.stringMatching(/certificate/)]);
  await proxy.close();
});
