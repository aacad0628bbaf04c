import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../agents/base/config.ts";
import { createCommandRunner } from "../agents/host/commands/command-runner.ts";
import { createSandbox } from "../agents/host/commands/sandbox.ts";
import { createNodePool } from "../agents/host/nodes/node-pool.ts";
import { fetchPage } from "../agents/host/web/fetch-page.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { BROUGHT } from "../agents/testing/programs.ts";
import {
  commandSpec,
  createTestWorkspace,
  type TestWorkspace,
  testCall,
} from "../agents/testing/workspace.ts";
import { type Lab, startLab } from "./lab.ts";
import { removeLab } from "./machines/remove-lab.ts";

const signal = AbortSignal.timeout(120_000);
const redactor = createRedactor([]);
let place: TestWorkspace;
let lab: Lab;

beforeAll(async () => {
  place = await createTestWorkspace();
  lab = await startLab({ directory: join(place.directory, "lab"), start: "fresh", signal });
});
afterAll(async () => {
  await lab.close();
  await removeLab(join(place.directory, "lab"));
  await place.remove();
});

const nodes = () => loadConfig(lab.settings).PROXMOX_NODES;

test("a team knows the nodes by the addresses and ports that the cluster reports", async () => {
  const reported = (await lab.state()).nodes.map(({ name, address: host }) => ({ name, host, port: 22 }));
  expect(nodes()).toMatchObject(reported);
  expect(reported).toHaveLength(2);
});

test("an agent logs in to them there, and its pages are theirs", async () => {
  const pool = createNodePool({
    ...{ nodes: nodes(), user: "root", artifacts: place.artifacts, redactor, onNotice: () => {} },
    privateKey: readFileSync(lab.privateKeyFile),
    knownNodesFile: join(place.directory, "known_nodes"),
  });
  const call = { timeoutMs: 20_000, call: testCall({ directory: place.calls }) };
  for (const { name } of nodes())
    expect((await pool.exec(name, "hostname; echo $SSH_CONNECTION", call)).stdout.text).toMatch(
      new RegExp(`^${name}\n192\\.168\\.10\\.10 \\d+ 192\\.168\\.10\\.20[12] 22\n$`),
    );
  await pool.close();
  const options = { nodes: nodes(), caFile: lab.caFile, signal };
  const page = await fetchPage("https://pve2:8006/api2/json/access/domains", options);
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining("pam") });
});

test("so does any program of a command", async () => {
  const sandbox = await createSandbox("auto", { workspace: place.workspace, nodes: nodes() });
  const { artifacts, calls } = place;
  const runner = createCommandRunner({
    sandbox,
    artifacts,
    calls,
    redactor,
    permit: () => {},
    systemPath: BROUGHT.systemPath,
  });
  copyFileSync(lab.caFile, join(place.workspace["/app/infra"], "ca.pem"));
  const script = `
    curl -sS --cacert ca.pem -H "Authorization: PVEAPIToken=$TOKEN" https://192.168.10.202:8006/api2/json/nodes
    ssh-keyscan -t ed25519 192.168.10.201`;
  const spec = commandSpec({ argv: ["bash", "-c", script], isolation: "networked" });
  const result = await runner.run({ ...spec, env: { TOKEN: lab.issueToken("reach") } });
  expect(result.stdout.text).toContain('"node":"pve1"');
  expect(result.stdout.text).toMatch(/192\.168\.10\.201 ssh-ed25519 /);
});
