import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Cluster, startCluster } from "./server.ts";

const token = "a token for this test";
let directory: string;
let cluster: Cluster;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "lab-server-"));
  cluster = await startCluster({ stateFile: join(directory, "cluster.json"), start: "day3", port: 0, token });
});
afterEach(async () => {
  await cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

const get = (path: string) => fetch(`${cluster.url}/api2/json${path}`);

function exec(body: string, bearer = token): Promise<Response> {
  return fetch(`${cluster.url}/exec`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${bearer}` },
  });
}

it("answers the readable REST API in the envelope of Proxmox VE", async () => {
  expect(await (await get("/version")).json()).toMatchObject({ data: { version: "9.1.1" } });
  expect(await (await get("//nodes/pve1/qemu")).json()).toMatchObject({
    data: [{ vmid: 9000, template: 1 }],
  });
  expect(await (await get("/cluster/status")).json()).toMatchObject({
    data: [{ quorate: 1 }, { name: "pve1" }, { name: "pve2" }],
  });
});

it("says what is missing, wrong or not simulated by status and in the words of Proxmox VE", async () => {
  const missing = await get("/nodes/pve1/qemu/1234/config");
  expect(missing.status).toBe(500);
  expect(await missing.json()).toMatchObject({
    message: "Configuration file 'nodes/pve1/qemu-server/1234.conf' does not exist",
  });
  expect((await get("/nodes/pve1/qemu/x/config")).status).toBe(400);
  const gap = await get("/nodes/pve1/ceph");
  expect(gap.status).toBe(501);
  expect(await gap.json()).toMatchObject({ message: "Method 'GET /nodes/pve1/ceph' not implemented" });
  expect((await fetch(`${cluster.url}/api2/json/nodes/pve1/qemu`, { method: "POST" })).status).toBe(501);
});

it("gives `pvesh get` what it gives over HTTP", async () => {
  const { stdout } = cluster.exec("pve2", ["pvesh", "get", "/cluster/resources", "--output-format", "json"]);
  expect(JSON.parse(stdout)).toEqual(
    ((await (await get("/cluster/resources")).json()) as { data: unknown }).data,
  );
});

it("runs commands only for who holds the token", async () => {
  const destroy = JSON.stringify({ node: "pve1", argv: ["qm", "destroy", "9000"] });
  expect((await exec(destroy, "another token")).status).toBe(401);
  expect((await fetch(`${cluster.url}/files`)).status).toBe(401);
  expect(cluster.state().guests).toHaveLength(1);
  expect(await (await exec(destroy)).json()).toMatchObject({ exitCode: 0 });
  expect(cluster.state().guests).toHaveLength(0);
});

it("keeps its state from other users", () => {
  expect(statSync(join(directory, "cluster.json")).mode & 0o777).toBe(0o600);
});

it("survives any request", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
      expect((await exec(body)).status).toBe(400);
    }),
    { numRuns: 100 },
  );
  expect((await exec(JSON.stringify({ node: "pve9", argv: ["qm", "list"] }))).status).toBe(500);
  expect((await get("/version")).status).toBe(200);
});
