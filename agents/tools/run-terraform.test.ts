import { access, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InfraBench, running, startInfraBench } from "../testing/infra-bench.ts";
import type { ContextChanges } from "../testing/workspace.ts";
import { runTerraform } from "./run-terraform.ts";

const INSTALL = "install Terraform 1.11 from https://developer.hashicorp.com/terraform/install";
const MAIN = "/app/infra/web/main.tf";
const ONE = 'resource "terraform_data" "a" {\n  input = "x"\n}\n';

/** A command line that no other test run has. */
const SLEEP = `sleep 612.${process.pid}`;

let bench: InfraBench;

beforeEach(async () => {
  bench = await startInfraBench({ terraform: INSTALL });
});
afterEach(() => bench.close());

async function terraform(args: Record<string, unknown>, changes?: ContextChanges) {
  const input = runTerraform.input.parse({ dir: "/app/infra/web", ...args });
  const context = bench.context(changes);
  return await runTerraform.run(input, context).finally(() => context.call.end());
}

async function plan(args: Record<string, unknown> = {}, changes?: ContextChanges): Promise<string> {
  const result = await terraform({ command: "plan", ...args }, changes);
  expect(result, result.stderr).toMatchObject({ kind: "ok", exitCode: 0 });
  const digest = /\nPlan digest: ([0-9a-f]{64})$/.exec(result.stdout)?.[1];
  return String(digest);
}

test("a plan is saved under its digest, applied once, and then there are no changes (F50)", async () => {
  await bench.put(MAIN, ONE);
  expect(await terraform({ command: "init" })).toMatchObject({ kind: "ok" });
  const planned = await terraform({ command: "plan" });
  expect(planned.stdout).toContain("Summary: 1 to create.");
  expect(planned.stdout).toContain("  create terraform_data.a");
  const digest = await plan();
  expect(await terraform({ command: "apply", plan: digest })).toMatchObject({ kind: "ok" });
  expect((await terraform({ command: "state_list" })).stdout).toBe("terraform_data.a\n");
  expect((await terraform({ command: "plan" })).stdout).toContain("Summary: No changes.");
  await expect(terraform({ command: "apply", plan: digest })).rejects.toThrow(/begun before.*Inspect/);
});

/** The private folder of the only module. */
async function place(): Promise<string> {
  const root = bench.context().terraform;
  return join(root, (await readdir(root)).find((name) => name.startsWith("web-")) ?? "none");
}

test("a plan that comes back under its old name is still not applied twice", async () => {
  await bench.put(MAIN, ONE);
  const digest = await plan();
  const folder = join(await place(), "plans");
  await terraform({ command: "apply", plan: digest });
  await rename(join(folder, `used-${digest}.tfplan`), join(folder, `${digest}.tfplan`));
  await expect(terraform({ command: "apply", plan: digest })).rejects.toMatchObject({ code: "conflict" });
});

test("an unknown digest is refused with the known ones, a changed file as changed (F50)", async () => {
  await bench.put(MAIN, ONE);
  const digest = await plan();
  const unknown = terraform({ command: "apply", plan: "0".repeat(64) });
  await expect(unknown).rejects.toThrow(`Saved plans of this module: ${digest}.`);
  await writeFile(join(await place(), `plans/${digest}.tfplan`), "other");
  await expect(terraform({ command: "apply", plan: digest })).rejects.toThrow("has changed");
  expect((await terraform({ command: "state_list" })).kind).toBe("failed");
});

test("destroy takes only a plan made to destroy, and apply only one that was not", async () => {
  await bench.put(MAIN, ONE);
  const create = await plan();
  await expect(terraform({ command: "destroy", plan: create })).rejects.toThrow('use command "apply"');
  await terraform({ command: "apply", plan: create });
  const remove = await plan({ destroy: true });
  await expect(terraform({ command: "apply", plan: remove })).rejects.toThrow('use command "destroy"');
  expect((await terraform({ command: "show", plan: remove })).stdout).toContain("will be destroyed");
  expect(await terraform({ command: "destroy", plan: remove })).toMatchObject({ kind: "ok" });
  expect((await terraform({ command: "state_list" })).stdout).toBe("");
});

test("an empty module is refused, not validated (F47)", async () => {
  await bench.put("/app/infra/web/readme.md", "");
  await expect(terraform({ command: "validate" })).rejects.toThrow("no *.tf file");
});

test("arguments that do not go together are told in words (F47)", () => {
  const problem = (args: object) =>
    runTerraform.input
      .safeParse({ dir: "/app/infra/web", ...args })
      .error?.issues.map(({ message }) => message)
      .join();
  expect(problem({ command: "apply" })).toContain("run plan first");
  expect(problem({ command: "plan -out=x" })).toContain("one of init, validate, plan");
  expect(problem({ command: "plan", plan: "0".repeat(64) })).toContain("does not take a plan");
  expect(problem({ command: "apply", plan: "0".repeat(64), destroy: true })).toContain(
    "goes with command plan",
  );
  expect(problem({ command: "init", args: "-upgrade" })).toContain("Unrecognized key");
});

test("only apply and destroy change the cluster", () => {
  const effect = (command: string) =>
    runTerraform.effect(
      runTerraform.input.parse({
        command,
        dir: "/app/infra/web",
        ...(/apply|destroy/.test(command) && { plan: "0".repeat(64) }),
      }),
    );
  const commands = ["apply", "destroy", "init", "plan", "validate", "show", "output", "state_list"];
  expect(commands.filter((command) => effect(command) === "infrastructure")).toEqual(["apply", "destroy"]);
});

test("a provider that nobody declared is not looked for either (F58, F64)", async () => {
  await bench.put(MAIN, 'data "external" "x" {\n  program = ["touch", "/app/infra/web/canary"]\n}\n');
  const result = await terraform({ command: "init" });
  expect(result).toMatchObject({ kind: "failed", exitCode: 1 });
  expect(result.stderr.replace(/\s+/g, " ")).toContain("was not found in any of the search locations");
});

test("a missing variable is an error at once, and TF_VAR_ values reach terraform alone (F50, F59)", async () => {
  await bench.put(
    MAIN,
    'variable "size" {}\nresource "terraform_data" "a" {\n  input = var.size\n}\noutput "size" {\n  value = var.size\n}\n',
  );
  expect(await terraform({ command: "plan" })).toMatchObject({ kind: "failed", exitCode: 1 });
  const env = { TF_VAR_size: "hunter2hunter2", OPENAI_API_KEY: "not for terraform" };
  const digest = await plan({}, { env });
  const applied = await terraform({ command: "apply", plan: digest }, { env });
  expect(applied.stdout).toContain("Apply complete");
  expect(applied.stdout).not.toContain("hunter2hunter2");
  await bench.put(
    MAIN,
    'resource "terraform_data" "e" {\n  provisioner "local-exec" {\n    command = "env > /app/infra/web/env.txt"\n  }\n}\n',
  );
  await terraform({ command: "apply", plan: await plan({}, { env }) }, { env });
  const seen = await readFile(bench.real("/app/infra/web/env.txt"), "utf8");
  expect(seen).toContain("TF_VAR_size=hunter2hunter2");
  expect(seen).not.toContain("OPENAI");
});

test("remote-exec reaches a node through the agent's socket, from inside the sandbox", async () => {
  const { host, port } = bench.node.address;
  await bench.put(
    MAIN,
    `resource "terraform_data" "r" {
  connection {
    type  = "ssh"
    host  = "${host}"
    port  = ${port}
    user  = "root"
    agent = true
  }
  provisioner "remote-exec" {
    inline = ["set -e", "echo remote says $((6 * 7))"]
  }
}
`,
  );
  const planned = await terraform({ command: "plan" });
  expect(planned.stdout).toContain(
    `create terraform_data.r\n    runs remote-exec: inline = ["set -e", "echo remote says $((6 * 7))"]`,
  );
  const result = await terraform({ command: "apply", plan: await plan() });
  expect(result, result.stderr).toMatchObject({ kind: "ok" });
  expect(result.stdout).toContain("remote says 42");
  expect(result.stdout).not.toMatch(/Connecting to remote host|: Creating\.\.\.|Deprecated/);
  expect(await readFile(bench.real(String(result.artifact)), "utf8")).toContain("Connecting to remote host");
});

test("a plan names what a module inside runs, for each of its instances (F64)", async () => {
  await bench.put(MAIN, 'module "vm" {\n  source = "./vm"\n  count  = 2\n}\n');
  await bench.put(
    "/app/infra/web/vm/main.tf",
    'resource "terraform_data" "a" {\n  for_each = { "x.y[0]" = 1 }\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n',
  );
  await terraform({ command: "init" });
  const { stdout } = await terraform({ command: "plan" });
  expect(stdout).toContain(
    'create module.vm[1].terraform_data.a["x.y[0]"]\n    runs local-exec: command = "id"',
  );
});

test("a plan, which needs no grant, has no SSH agent", async () => {
  await bench.put(
    MAIN,
    'output "agent" {\n  value = strcontains(file("/proc/self/environ"), "SSH_AUTH_SOCK")\n}\n',
  );
  expect((await terraform({ command: "plan" })).stdout).toMatch(/\+ agent = false/);
});

test("a cancelled apply ends terraform and what it started, and is never tried again (F10)", async () => {
  await bench.put(
    MAIN,
    `resource "terraform_data" "s" {\n  provisioner "local-exec" {\n    command = "touch /app/infra/web/begun; exec ${SLEEP}"\n  }\n}\n`,
  );
  const digest = await plan();
  const stop = new AbortController();
  const applying = terraform({ command: "apply", plan: digest }, { signal: stop.signal });
  await expect
    .poll(
      () =>
        access(bench.real("/app/infra/web/begun")).then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true);
  stop.abort();
  const result = await applying;
  expect(result).toMatchObject({ kind: "cancelled" });
  expect(result.stderr).toContain("half done");
  expect(running(SLEEP)).toEqual([]);
  await expect(terraform({ command: "apply", plan: digest })).rejects.toThrow("begun before");
  expect(await readdir(bench.real("/tmp/app"))).toEqual([]);
});

test("what a link in the module leads to is left alone", async () => {
  await bench.put(MAIN, ONE);
  const old = await bench.put("/app/config/elsewhere/plans/x.tfplan", "not ours");
  await symlink(bench.real("/app/config/elsewhere"), bench.real("/app/infra/web/.terraform"));
  await symlink(old, bench.real("/app/infra/web/terraform.tfstate"));
  await plan();
  expect(await readFile(old, "utf8")).toBe("not ours");
  expect(await readdir(bench.real("/app/config/elsewhere/plans"))).toEqual(["x.tfplan"]);
});
