import { readdir, stat, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InfraBench, startInfraBench } from "../testing/infra-bench.ts";
import { testCall } from "../testing/workspace.ts";
import { runAnsible } from "./run-ansible.ts";
import { runShell } from "./run-shell.ts";
import { runTerraform } from "./run-terraform.ts";
import type { ToolContext } from "./tool.ts";

const SITE = "/app/config/site.yml";

let bench: InfraBench;
beforeAll(async () => {
  bench = await startInfraBench({
    terraform: "install Terraform 1.11 from https://developer.hashicorp.com/terraform/install",
    "ansible-playbook": "./minilab test brings it; or: apt-get install ansible-core openssh-client",
  });
});
afterAll(() => bench.close());

/** The life of an agent that ends with a command of its call: nobody takes in the result. */
function dyingLife() {
  const context = bench.context();
  const { processes } = context;
  const ended = Promise.withResolvers<void>();
  const run: typeof processes.run = async (spec) => {
    const result = await processes.run(spec);
    if (spec.part !== undefined) return result;
    ended.resolve();
    return await new Promise<never>(() => {});
  };
  const dying: ToolContext = { ...context, processes: { ...processes, run } };
  return { context, dying, ended: ended.promise };
}

const terraform = (module: string, args: Record<string, unknown>) =>
  runTerraform.input.parse({ dir: `/app/infra/${module}`, ...args });

async function planOf(module: string, resource: string): Promise<string> {
  await bench.put(`/app/infra/${module}/main.tf`, resource);
  const planned = await runTerraform.run(terraform(module, { command: "plan" }), bench.context());
  return /\nPlan digest: ([0-9a-f]{64})$/.exec(planned.stdout)?.[1] ?? "";
}

const WAITING = `resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "touch begun; until test -e go; do sleep 0.05; done"
  }
}
`;

test("an apply that ended without its agent has the result it would have had, and is not begun again", async () => {
  const plan = await planOf("ended", 'resource "terraform_data" "a" {}\n');
  const apply = terraform("ended", { command: "apply", plan });
  const { context, dying, ended } = dyingLife();
  void runTerraform.run(apply, dying);
  await ended;
  const adopted = await runTerraform.adopt?.(apply, context);
  expect(adopted).toMatchObject({ kind: "ok", exitCode: 0 });
  expect(adopted?.stdout).toContain("Apply complete! Resources: 1 added");
  await expect(runTerraform.run(apply, bench.context())).rejects.toMatchObject({ code: "conflict" });
  await context.call.end();
  expect(await readdir(bench.real("/tmp/app"))).not.toContain(`run-${context.call.id}`);
});

test("an apply that still runs is waited for", async () => {
  const plan = await planOf("running", WAITING);
  const apply = terraform("running", { command: "apply", plan });
  const { context, dying } = dyingLife();
  void runTerraform.run(apply, dying);
  await appears(bench.real("/app/infra/running/begun"));
  const adopting = runTerraform.adopt?.(apply, context);
  await writeFile(bench.real("/app/infra/running/go"), "");
  expect(await adopting).toMatchObject({ kind: "ok", exitCode: 0 });
});

test("an adopted apply is stopped like any other (F10)", async () => {
  const plan = await planOf("stopped", WAITING);
  const apply = terraform("stopped", { command: "apply", plan });
  const { context, dying } = dyingLife();
  void runTerraform.run(apply, dying);
  await appears(bench.real("/app/infra/stopped/begun"));
  const stopped = await runTerraform.adopt?.(apply, {
    ...context,
    call: testCall({ id: context.call.id, signal: AbortSignal.abort() }),
  });
  expect(stopped).toMatchObject({ kind: "cancelled" });
  expect(stopped?.stderr).toContain("may be half done");
});

test("a plan that ended without its agent is kept under its digest and can be applied", async () => {
  await bench.put("/app/infra/planned/main.tf", 'resource "terraform_data" "a" {}\n');
  const command = terraform("planned", { command: "plan" });
  const { context, dying, ended } = dyingLife();
  void runTerraform.run(command, dying);
  await ended;
  const adopted = await runTerraform.adopt?.(command, context);
  expect(adopted?.stdout).toContain("Summary: 1 to create");
  const plan = /\nPlan digest: ([0-9a-f]{64})$/.exec(adopted?.stdout ?? "")?.[1];
  const apply = terraform("planned", { command: "apply", plan });
  expect(await runTerraform.run(apply, bench.context())).toMatchObject({ kind: "ok" });
});

test("what only reads is run again under the same name", async () => {
  await bench.put("/app/infra/read/main.tf", 'resource "terraform_data" "a" {}\n');
  const { context, dying, ended } = dyingLife();
  void runTerraform.run(terraform("read", { command: "validate" }), dying);
  await ended;
  const again = await runTerraform.run(terraform("read", { command: "validate" }), context);
  expect(again).toMatchObject({ kind: "ok", exitCode: 0 });
});

test("a playbook that ended without its agent is judged by its recap (F43)", async () => {
  await bench.put(SITE, "- hosts: proxmox\n  gather_facts: false\n  tasks:\n    - command: /bin/false\n");
  const play = runAnsible.input.parse({ playbook: SITE });
  const { context, dying, ended } = dyingLife();
  void runAnsible.run(play, dying);
  await ended;
  const adopted = await runAnsible.adopt?.(play, context);
  expect(adopted?.kind).toBe("failed");
  expect(adopted?.stdout).toMatch(/\nRecap: pve1 ok=0 changed=0 unreachable=0 failed=1/);
  await context.call.end();
  expect(await readdir(bench.real("/tmp/app"))).not.toContain(`run-${context.call.id}`);
});

test("a shell line that ended without its agent keeps what it said", async () => {
  const line = runShell.input.parse({ command: "echo done; exit 4" });
  const { context, dying, ended } = dyingLife();
  void runShell.run(line, dying);
  await ended;
  const adopted = await runShell.adopt?.(line, context);
  expect(adopted).toMatchObject({ kind: "failed", exitCode: 4, stdout: "[cwd /app/infra]\ndone\n" });
});

test("what left nothing behind is not known, and nothing is begun by asking", async () => {
  await bench.put("/app/infra/none/main.tf", 'resource "terraform_data" "a" {}\n');
  const apply = terraform("none", { command: "apply", plan: "0".repeat(64) });
  expect(await runTerraform.adopt?.(apply, bench.context())).toBeUndefined();
  expect(
    await runAnsible.adopt?.(runAnsible.input.parse({ playbook: SITE }), bench.context()),
  ).toBeUndefined();
  expect(await runShell.adopt?.(runShell.input.parse({ command: "id" }), bench.context())).toBeUndefined();
});

async function appears(path: string): Promise<void> {
  while (!(await stat(path).catch(() => undefined))) await delay(5);
}
