/** What reviewers are told of a plan, each from a plan of the real Terraform. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InfraBench, startInfraBench } from "../testing/infra-bench.ts";
import { hclAttribute, hclBlocks } from "./hcl-blocks.ts";
import { runTerraform } from "./run-terraform.ts";
import { summarisePlan } from "./terraform-summary.ts";

const MAIN = "/app/infra/web/main.tf";
let bench: InfraBench;

beforeEach(async () => {
  bench = await startInfraBench({ terraform: "install Terraform 1.11" });
});
afterEach(() => bench.close());

async function terraform(args: Record<string, unknown>) {
  const context = bench.context();
  const input = runTerraform.input.parse({ dir: "/app/infra/web", ...args });
  return await runTerraform.run(input, context).finally(() => context.call.end());
}

async function planned(): Promise<{ summary: string; digest: string }> {
  const { stdout, stderr, kind } = await terraform({ command: "plan" });
  expect(kind, stderr).toBe("ok");
  const [, summary = "", digest = ""] =
    /\n(Summary: .*)\nFor reviewers: \S+\nPlan digest: (\w+)$/s.exec(stdout) ?? [];
  return { summary: summary.replace(/\nNo state yet\./, ""), digest };
}

async function apply(text: string): Promise<void> {
  await bench.put(MAIN, text);
  const { digest } = await planned();
  const applied = await terraform({ command: "apply", plan: digest });
  expect(applied, applied.stderr).toMatchObject({ kind: "ok" });
}

const resource = (name: string, body = "") => `resource "terraform_data" "${name}" {\n${body}\n}\n`;
const exec = (command: string, more = "") =>
  `  provisioner "local-exec" {\n${more}    command = "${command}"\n  }\n`;
const SELF = ["$", "{self.id}"].join("");
const DESTROY = exec(`echo gone ${SELF}`, "    when    = destroy\n");

test("deletes come first, replacements are none of creates, commands are told by when they run (R07)", async () => {
  await apply(
    resource("a", `  triggers_replace = 1\n${exec("echo made")}${DESTROY}`) + resource("b", DESTROY),
  );
  await bench.put(
    MAIN,
    resource("a", `  triggers_replace = 2\n${exec("echo made")}${DESTROY}`) + resource("c", exec("id")),
  );
  expect((await planned()).summary.split("\n")).toEqual([
    "Summary: 1 to delete, 1 to replace, 1 to create.",
    "  delete terraform_data.b (it is no longer in the configuration)",
    "  replace terraform_data.a (because of triggers_replace)",
    `    runs when destroyed local-exec: when = destroy command = "echo gone ${SELF}"`,
    '    runs local-exec: command = "echo made"',
    "  create terraform_data.c",
    '    runs local-exec: command = "id"',
    "  High risk, commands: runs local-exec on the machine of the team: terraform_data.a",
  ]);
});

test("an update runs no command, and none is told (R07)", async () => {
  await apply(resource("a", `  input = 1\n${exec("echo made")}${DESTROY}`));
  await bench.put(MAIN, resource("a", `  input = 2\n${exec("echo made")}${DESTROY}`));
  expect((await planned()).summary).toBe("Summary: 1 to update.\n  update terraform_data.a");
});

test("what is tainted, or created before it is destroyed, does not run its destroy commands, as Terraform does (R07)", async () => {
  await apply(resource("t", `${DESTROY}`) + resource("c", `  triggers_replace = 1\n${DESTROY}`));
  const root = bench.context().terraform;
  const place = readdirSync(root).find((name) => name.startsWith("web-")) ?? "";
  execFileSync(
    "terraform",
    ["taint", `-state=${join(root, place, "state/terraform.tfstate")}`, "terraform_data.t"],
    { cwd: bench.real("/app/infra/web"), stdio: "pipe" },
  );
  await bench.put(
    MAIN,
    resource("t", DESTROY) +
      resource(
        "c",
        `  triggers_replace = 2\n  lifecycle {\n    create_before_destroy = true\n  }\n${DESTROY}`,
      ),
  );
  const { summary, digest } = await planned();
  expect(summary).toContain(
    "replace terraform_data.t (tainted: an earlier create failed or it was marked; its destroy commands will not run)",
  );
  expect(summary.match(/does not run local-exec/g)).toHaveLength(2);
  expect(summary).not.toContain("runs when destroyed");
  expect((await terraform({ command: "apply", plan: digest })).stdout).not.toContain("gone");
});

test("moves, imports and what is only forgotten are told, and are no 'No changes' (B12)", async () => {
  await apply(resource("old") + resource("left"));
  await bench.put(
    MAIN,
    `${resource("new")}moved {\n  from = terraform_data.old\n  to   = terraform_data.new\n}\n` +
      `removed {\n  from = terraform_data.left\n  lifecycle {\n    destroy = false\n  }\n}\n` +
      `${resource("found")}import {\n  to = terraform_data.found\n  id = "abc"\n}\n`,
  );
  const { summary, digest } = await planned();
  expect(summary.split("\n")).toEqual([
    "Summary: 1 to forget, 1 to import, 1 to move.",
    "  forget terraform_data.left",
    "  import terraform_data.found (id abc)",
    "  move terraform_data.old to terraform_data.new",
    "  High risk, adopts: leaves it where it is, and knows it no more: terraform_data.left",
    "  High risk, adopts: takes over what exists: a later plan may change or destroy it: terraform_data.found",
  ]);
  expect(await terraform({ command: "apply", plan: digest })).toMatchObject({ kind: "ok" });
  expect((await terraform({ command: "state_list" })).stdout).toBe(
    "terraform_data.found\nterraform_data.new\n",
  );
  await bench.put(MAIN, resource("new") + resource("found"));
  expect((await planned()).summary).toBe("Summary: No changes.");
});

test("a guest is told by its number (R07)", () => {
  const change = {
    actions: ["delete"],
    before: { vm_id: 9101, name: "web-01", node_name: "pve1" },
    after: null,
  };
  const plan = {
    resource_changes: [
      { address: "proxmox_virtual_environment_vm.web", type: "proxmox_virtual_environment_vm", change },
    ],
  };
  expect(summarisePlan(JSON.stringify(plan), new Map()).split("\n")).toEqual([
    "Summary: 1 to delete.",
    "  delete proxmox_virtual_environment_vm.web [guest 9101 web-01 on pve1]",
    "  High risk, destroy: destroys it: proxmox_virtual_environment_vm.web (9101)",
    "  High risk, stops: stops a guest that may be running: proxmox_virtual_environment_vm.web (9101)",
  ]);
  expect(summarisePlan(JSON.stringify(plan), undefined)).toContain("may run commands");
});

test("a command is told as it will run, not as it stands in a comment or a string", async () => {
  await bench.put(
    MAIN,
    `/* resource "terraform_data" "a" { provisioner "local-exec" { command = "no" } } */\n# } {\n` +
      `locals {\n  trap = "provisioner \\"local-exec\\" { command = x } $\{"}"} { \${ "a\${1}" } "\n  text = <<-EOT\n    resource "terraform_data" "a" { provisioner "x" {} }\n  EOT\n}\n` +
      resource("a", exec("echo } hunter2hunter2 { # not a comment")),
  );
  await bench.put(
    "/app/infra/web/more.tf.json",
    '{"resource":{"terraform_data":{"j":{"provisioner":[{"local-exec":{"command":"echo json"}}]}}}}',
  );
  expect((await planned()).summary.split("\n")).toEqual([
    "Summary: 2 to create.",
    "  create terraform_data.a",
    '    runs local-exec: command = "echo } [redacted] { # not a comment"',
    "  create terraform_data.j",
    '    runs local-exec: {"command":"echo json"}',
  ]);
});

test("blocks and attributes of broken text are what can be told of it", () => {
  expect(hclBlocks('a "b" c { d = { e = 1 }\n f {} }\n g = "{"\n h {')).toEqual([
    { type: "a", labels: ["b", "c"], body: " d = { e = 1 }\n f {} " },
    { type: "h", labels: [], body: "" },
  ]);
  expect(hclAttribute("x { when = y }\nwhen = destroy # z\n", "when")).toBe("destroy");
  for (const text of ['"${', "<<A\n", "/*", 'a "', "{".repeat(1_000), '"${"${"${'.repeat(1_000)])
    hclBlocks(text);
});
