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
  const files = { "pve-root-ca.pem": "of the test\n" };
  const stateFile = join(directory, "cluster.json");
  cluster = await startCluster({ stateFile, start: "day3", port: 0, token, files });
});
afterEach(async () => {
  await cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

function exec(body: string, bearer = token): Promise<Response> {
  return fetch(`${cluster.url}/exec`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${bearer}` },
  });
}

it("gives the files of /etc/pve, with those that it was told, to who holds the token", async () => {
  const headers = { authorization: `Bearer ${token}` };
  const { files } = (await (await fetch(`${cluster.url}/files`, { headers })).json()) as {
    files: Record<string, string>;
  };
  expect(files["pve-root-ca.pem"]).toBe("of the test\n");
  expect(files["nodes/pve1/qemu-server/9000.conf"]).toContain("template: 1\n");
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
  expect((await fetch(`${cluster.url}/health`)).status).toBe(200);
});
