/** What run_terraform shows without changing anything, and what it shows to a role that only looks. */
import { createHash } from "node:crypto";
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InfraBench, startInfraBench } from "../testing/infra-bench.ts";
import { toolsOf } from "./permissions.ts";
import { runTerraform } from "./run-terraform.ts";
import { schemaOf } from "./terraform-schema.ts";
import type { ToolResult } from "./tool.ts";

const WEB = "/app/infra/web";
const MAIN = `${WEB}/main.tf`;
const ONE = 'resource "terraform_data" "a" {\n  input = "x"\n}\n';
const UGLY = 'resource   "terraform_data" "a" {\ninput = "x"\n}\n';

let bench: InfraBench;

beforeEach(async () => {
  bench = await startInfraBench({ terraform: "install Terraform 1.11" });
});
afterEach(() => bench.close());

async function as(
  role: "DevOps_Builder" | "QA_Tester" | "Security_Sentinel",
  args: object,
): Promise<ToolResult> {
  const { tool, access = "full" } = toolsOf(role).get("run_terraform") ?? {};
  const context = bench.context({ role, access });
  if (!tool) throw new Error(`${role} has no run_terraform`);
  return await tool
    .run(runTerraform.input.parse({ dir: WEB, ...args }), context)
    .finally(() => context.call.end());
}

test("the Builder has version, fmt, providers and the schema of one type (R43)", async () => {
  await bench.put(MAIN, UGLY);
  expect((await as("DevOps_Builder", { command: "version" })).stdout).toMatch(/^Terraform v1\./);
  expect(await as("DevOps_Builder", { command: "fmt" })).toMatchObject({ kind: "ok" });
  expect(await readFile(bench.real(MAIN), "utf8")).toBe(ONE);
  expect((await as("DevOps_Builder", { command: "providers" })).stdout).toContain(
    "terraform.io/builtin/terraform",
  );
  await as("DevOps_Builder", { command: "init" });
  const { stdout } = await as("DevOps_Builder", { command: "schema", resource: "terraform_data" });
  expect(stdout).toContain("resource terraform_data of terraform.io/builtin/terraform");
  expect(stdout).toMatch(/\n {2}input: dynamic, optional/);
  const none = as("DevOps_Builder", { command: "schema", resource: "terraform_date" });
  await expect(none).rejects.toThrow(/no "terraform_date". There is: terraform_data/);
});

test("a schema shows nested blocks, flags and descriptions", () => {
  const block = {
    attributes: { name: { type: "string", required: true, description: "The  name." } },
    block_types: {
      disk: {
        nesting_mode: "list",
        max_items: 1,
        block: { attributes: { size: { type: ["list", "number"], optional: true } } },
      },
    },
  };
  const json = { provider_schemas: { p: { resource_schemas: { x_vm: { block } } } } };
  expect(schemaOf(json, "x_vm").split("\n")).toEqual([
    "resource x_vm of p",
    "  name: string, required. The name.",
    "  disk { } block, list, at most 1",
    "    size: [list,number], optional",
  ]);
});

test("roles that only look check format, validate, and read what a plan does (R43)", async () => {
  await bench.put(MAIN, UGLY);
  const planned = await as("DevOps_Builder", { command: "plan" });
  const digest = /Plan digest: (\w+)$/.exec(planned.stdout)?.[1];
  for (const role of ["Security_Sentinel", "QA_Tester"] as const) {
    const formatted = await as(role, { command: "fmt" });
    expect(formatted).toMatchObject({ kind: "failed", exitCode: 3 });
    expect(formatted.stdout).toContain('+resource "terraform_data" "a"');
    expect(await readFile(bench.real(MAIN), "utf8")).toBe(UGLY);
    const valid = await as(role, { command: "validate" });
    expect(valid, valid.stderr).toMatchObject({ kind: "ok", exitCode: 0 });
    expect((await as(role, { command: "show", plan: digest })).stdout).toContain("create terraform_data.a");
    await expect(as(role, { command: "show", plan: "0".repeat(64) })).rejects.toThrow("There is no plan");
    for (const command of ["init", "plan", "output", "state_list", "providers"])
      await expect(as(role, { command })).rejects.toMatchObject({ code: "not_allowed" });
  }
  await bench.put(MAIN, 'resource "terraform_data" "a" {\n  inputs = 1\n}\n');
  expect((await as("QA_Tester", { command: "validate" })).stderr).toContain("Unsupported argument");
});

const PROVIDER = "registry.terraform.io/hashicorp/null";
const LINE = "echo RAN-CANARY; exit 1";

/** As init leaves it; it tells by what it prints that it was run. */
async function bringProvider(): Promise<string> {
  const folder = `/tmp/app/providers/${PROVIDER}/3.2.3/linux_${process.arch === "x64" ? "amd64" : "arm64"}`;
  const name = "terraform-provider-null_v3.2.3";
  const program = `#!/bin/sh\n${LINE}\n`;
  await chmod(await bench.put(join(folder, name), program), 0o755);
  const sum = createHash("sha256").update(program).digest("hex");
  return createHash("sha256").update(`${sum}  ${name}\n`).digest("base64"); // golang.org/x/mod/sumdb/dirhash, Hash1
}

test("a provider program runs for them only when the lock file pins it by checksum", async () => {
  const hash = await bringProvider();
  await bench.put(
    MAIN,
    'terraform {\n  required_providers {\n    null = { source = "hashicorp/null", version = "3.2.3" }\n  }\n}\nresource "null_resource" "a" {}\n',
  );
  const lock = (checksum: string) =>
    `provider "${PROVIDER}" {\n  version     = "3.2.3"\n  constraints = "3.2.3"\n  hashes = [${checksum}]\n}\n`;
  const said = async () => {
    const { kind, stdout, stderr } = await as("QA_Tester", { command: "validate" });
    expect(kind).toBe("failed");
    return stdout + stderr;
  };
  expect(await said()).not.toContain("RAN-CANARY");
  for (const checksum of ["", `"h1:${"A".repeat(43)}="`]) {
    await bench.put(`${WEB}/.terraform.lock.hcl`, lock(checksum));
    expect(await said(), checksum).not.toContain("RAN-CANARY");
  }
  await bench.put(`${WEB}/.terraform.lock.hcl`, lock(`"h1:${hash}"`));
  expect(await said()).toContain("RAN-CANARY");
});

test("a call that cannot be is answered with one that can", () => {
  const problem = (args: object) =>
    runTerraform.input.safeParse({ dir: WEB, ...args }).error?.issues[0]?.message;
  expect(problem({ command: "import" })).toContain("import { to = ADDRESS");
  expect(problem({ command: "schema" })).toContain('"resource": "terraform_data"');
  expect(problem({ command: "plan", resource: "x" })).toContain("goes with command schema");
  expect(problem({ command: "plan", upgrade: true })).toContain("goes with command init");
});

test("a place for the state that Terraform would ask flags for is refused in words, and the state stays (B07)", async () => {
  await bench.put(MAIN, ONE);
  await as("DevOps_Builder", { command: "init" });
  const { stdout } = await as("DevOps_Builder", { command: "plan" });
  const plan = /Plan digest: (\w+)$/.exec(stdout)?.[1];
  await as("DevOps_Builder", { command: "apply", plan });
  for (const [name, text] of [
    ["x.tf", 'terraform {\n  backend "local" {\n    path = "other.tfstate"\n  }\n}\n'],
    ["x.tf", 'terraform {\n  /* */ backend\t"local" {}\n}\n'],
    ["x.tf.json", '{"terraform": {"backend": {"local": {"path": "mine.tfstate"}}}}'],
  ] as const) {
    const file = await bench.put(`${WEB}/${name}`, text);
    for (const command of ["init", "plan"])
      await expect(as("DevOps_Builder", { command }), text).rejects.toThrow(
        /remove that block.*keeps the state/,
      );
    await rm(file);
    expect((await as("DevOps_Builder", { command: "plan" })).stdout).toContain("Summary: No changes.");
  }
});
