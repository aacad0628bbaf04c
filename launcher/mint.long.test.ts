import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { loadConfig } from "../agents/base/config.ts";
import { createNodePool } from "../agents/host/nodes/node-pool.ts";
import { createTestWorkspace, type TestWorkspace } from "../agents/testing/workspace.ts";
import { runTerraform } from "../agents/tools/run-terraform.ts";
import type { ToolContext } from "../agents/tools/tool.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { removeLab } from "../lab/machines/remove-lab.ts";
import { PROJECT_DIR } from "./team/project.ts";

const signal = AbortSignal.timeout(300_000);

/** What a provider does, by hand. */
const ask = (words: string) =>
  `curl -sS -o /dev/null -w '%%{http_code}' --cacert "$SSL_CERT_FILE" -H "Authorization: PVEAPIToken=$PROXMOX_VE_API_TOKEN" ${words}`;
const MODULE = `resource "terraform_data" "guest" {
  provisioner "local-exec" {
    command = <<-EOT
      cat /proc/$PPID/environ /proc/self/environ > stolen
      ${ask('-d vmid=4711 -d name=by-terraform "$PROXMOX_VE_ENDPOINT"api2/json/nodes/pve1/qemu')}
    EOT
  }
}
`;

async function terraform(place: TestWorkspace, context: ToolContext, args: Record<string, unknown>) {
  const { call } = await place.context();
  const input = runTerraform.input.parse({ dir: "/app/infra/web", ...args });
  return await runTerraform.run(input, { ...context, call }).finally(() => call.end());
}

async function minilab(lab: Lab, place: TestWorkspace, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    ...lab.settings,
    PROXMOX_TOKEN_FILE: join(place.directory, "proxmox_token"),
    PROXMOX_CA_FILE: join(place.directory, "ca.pem"),
    KNOWN_NODES_FILE: join(place.directory, "known_nodes"),
  };
  const program = join(PROJECT_DIR, "launcher/main.ts");
  return (await promisify(execFile)(process.execPath, [program, ...args], { env, signal })).stdout;
}

test("a minted token makes a guest by an applied plan, and neither Terraform nor its state ever holds it", async () => {
  await using stack = new AsyncDisposableStack();
  const place = await createTestWorkspace();
  stack.defer(() => place.remove());
  const directory = join(place.directory, "lab");
  const lab = await startLab({ directory, start: "fresh", signal });
  stack.defer(() => removeLab(directory));
  stack.defer(() => lab.close());
  expect(await minilab(lab, place, "mint", "--yes")).toContain("done");
  const token = readFileSync(join(place.directory, "proxmox_token"), "utf8").trim();
  const nodes = createNodePool({
    ...{ nodes: loadConfig(lab.settings).PROXMOX_NODES, user: "root", artifacts: place.artifacts },
    ...{ redactor: (await place.context()).redactor, onNotice: () => {}, privateKey: undefined },
    knownNodesFile: join(place.directory, "known_nodes"),
  });
  stack.defer(() => nodes.close());
  const context = {
    ...(await place.context({ nodes })),
    tokenFile: join(place.directory, "proxmox_token"),
    caFile: join(place.directory, "ca.pem"),
  };
  mkdirSync(join(place.workspace["/app/infra"], "web"), { recursive: true });
  writeFileSync(join(place.workspace["/app/infra"], "web/main.tf"), MODULE);
  await terraform(place, context, { command: "init" });
  const planned = await terraform(place, context, { command: "plan" });
  const [, plan] = /Plan digest: (\w+)/.exec(planned.stdout) ?? [];
  const guests = async () => (await lab.state()).guests.map(({ vmid }) => vmid);
  expect(await guests()).not.toContain(4711);
  const applied = await terraform(place, context, { command: "apply", plan });
  expect(applied).toMatchObject({ kind: "ok" });
  expect(await guests()).toContain(4711);
  expect(applied.stderr).toContain("Written through the cluster's API:\n  POST /nodes/pve1/qemu: 200");
  expect((await lab.journal()).some(({ user }) => user?.startsWith("minilab@pve!terraform-"))).toBe(true);
  const [, secret = "?"] = token.split("=");
  const stolen = readFileSync(join(place.workspace["/app/infra"], "web/stolen"), "utf8");
  expect(stolen).toContain("PROXMOX_VE_API_TOKEN=minilab@pve!terraform-");
  expect(stolen).not.toContain(secret);
  expect(await filesBelow(join(place.directory, "tmp/run/terraform"))).not.toContain(secret);
  expect(await minilab(lab, place, "mint", "--revoke", "--yes")).toContain("done");
}, 280_000);

async function filesBelow(directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)("grep", ["-rah", "", directory], {
    maxBuffer: 50_000_000,
  });
  return stdout;
}
