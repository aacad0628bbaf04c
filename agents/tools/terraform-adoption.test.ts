import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InfraBench, startInfraBench } from "../testing/infra-bench.ts";
import { runTerraform } from "./run-terraform.ts";
import { adoptAllStates } from "./terraform-adoption.ts";

const WEB = "/app/infra/web";
const TWO = 'resource "terraform_data" "a" {\n  input = "x"\n}\nresource "terraform_data" "b" {}\n';

let bench: InfraBench;
beforeEach(async () => {
  bench = await startInfraBench({ terraform: "install Terraform 1.11" });
});
afterEach(() => bench.close());

async function terraform(args: Record<string, unknown>) {
  const context = bench.context();
  try {
    return await runTerraform.run(runTerraform.input.parse({ dir: WEB, ...args }), context);
  } finally {
    await context.call.end();
  }
}

/** As commit 60652a0 left it: terraform ran in the module, the plan in .terraform/plans. */
async function leaveOldState(): Promise<Buffer> {
  const folder = join(await bench.put(`${WEB}/main.tf`, TWO), "..");
  const run = (...args: string[]) => execFileSync("terraform", args, { cwd: folder, stdio: "pipe" });
  const plans = join(folder, ".terraform/plans");
  mkdirSync(plans, { recursive: true });
  run("plan", "-input=false", `-out=${plans}/used-${"0".repeat(64)}.tfplan`);
  run("apply", "-input=false", `${plans}/used-${"0".repeat(64)}.tfplan`);
  copyFileSync(join(folder, "terraform.tfstate"), join(folder, "terraform.tfstate.backup"));
  return readFileSync(join(folder, "terraform.tfstate"));
}

const below = (folder: string, pattern: string) => globSync(join(folder, pattern)).sort();
const backups = () => below(bench.context().terraform, "web-*/backups/*");

test("a state that an earlier version left is taken over, and the next plan has no changes", async () => {
  const old = await leaveOldState();
  const planned = await terraform({ command: "plan" });
  expect(planned.stdout).toContain("Summary: No changes.");
  expect(planned.stderr).toContain(`${WEB}/terraform.tfstate was moved`);
  expect(below(bench.real(WEB), "**/*.tf{state,plan}*")).toEqual([]);
  expect(backups().map((file) => readFileSync(file))).toContainEqual(old);
  expect((await terraform({ command: "state_list" })).stdout).toBe("terraform_data.a\nterraform_data.b\n");
  expect((await terraform({ command: "plan" })).stderr).toBe("");
});

test("the states of all modules are out of sight before the first command", async () => {
  await leaveOldState();
  await bench.put("/app/infra/deep/er/main.tf", TWO);
  await bench.put("/app/infra/deep/er/terraform.tfstate", "");
  expect(await adoptAllStates(bench.context())).toHaveLength(3);
  expect(below(bench.real("/app/infra"), "**/*.tfstate*")).toEqual([]);
  expect((await terraform({ command: "plan" })).stdout).toContain("Summary: No changes.");
});

test("what a crash leaves in the midst of it is finished the next time", async () => {
  const old = await leaveOldState();
  await terraform({ command: "plan" });
  await bench.put(`${WEB}/terraform.tfstate`, old.toString());
  const planned = await terraform({ command: "plan" });
  expect(planned.stderr).toContain("was moved to where no tool reads it");
  expect(planned.stdout).toContain("Summary: No changes.");
});

test("a foreign or an older state does not replace the module's own, and is kept", async () => {
  const old = await leaveOldState();
  await terraform({ command: "plan" });
  const state = JSON.parse(old.toString());
  for (const other of [{ lineage: "another" }, { serial: state.serial - 1 }]) {
    await bench.put(`${WEB}/terraform.tfstate`, JSON.stringify({ ...state, resources: [], ...other }));
    const planned = await terraform({ command: "plan" });
    expect(planned.stderr).toContain("is not the state of this module and was not used");
    expect(planned.stdout).toContain("Summary: No changes.");
    const [copy = ""] = /\/\S+$/.exec(planned.stderr) ?? [];
    expect(JSON.parse(readFileSync(copy, "utf8"))).toMatchObject(other);
  }
});

test("a later state of the same module, which Terraform could not save, is taken over", async () => {
  const old = await leaveOldState();
  await terraform({ command: "plan" });
  const state = JSON.parse(old.toString());
  const later = { ...state, serial: state.serial + 1, resources: [] };
  await bench.put(`${WEB}/errored.tfstate`, JSON.stringify(later));
  expect((await terraform({ command: "plan" })).stdout).toContain("Summary: 2 to create");
  expect(backups().map((file) => readFileSync(file))).toContainEqual(old);
});

test("nothing that holds a state is ever in the module, and the private folder is closed (F59)", async () => {
  await bench.put(`${WEB}/main.tf`, TWO);
  await terraform({ command: "init" });
  for (let round = 0; round < 2; round++) {
    const digest = /Plan digest: (\w+)$/.exec((await terraform({ command: "plan" })).stdout)?.[1];
    expect(await terraform({ command: "apply", plan: digest })).toMatchObject({ kind: "ok" });
    expect(await readdir(bench.real(WEB))).toEqual(["main.tf"]);
    await bench.put(`${WEB}/main.tf`, TWO.replace('"x"', '"y"'));
  }
  expect(await readdir(bench.real("/tmp/app"))).toEqual([]);
  const { terraform: root } = bench.context();
  expect(statSync(root).mode & 0o777).toBe(0o700);
  expect(below(root, "web-*/state/*").map((file) => file.split("/").at(-1))).toEqual([
    "terraform.tfstate",
    "terraform.tfstate.backup",
  ]);
  expect(below(root, "runs/*")).toEqual([]);
});

test("a module that is away and comes back has its state", async () => {
  await leaveOldState();
  await terraform({ command: "plan" });
  await rm(bench.real(WEB), { recursive: true });
  await bench.put(`${WEB}/main.tf`, TWO);
  expect((await terraform({ command: "plan" })).stdout).toContain("Summary: No changes.");
});

test.each([
  ["main.tf", 'terraform {\n  backend "local" {\n    path = "mine.tfstate"\n  }\n}\n'],
  ["x.tf", 'terraform { backend "http" { address = "http://127.0.0.1:1" } }\n'],
  ["x.tf.json", '{"terraform": {"backend": {"local": {"path": "mine.tfstate"}}}}'],
  ["x.tf", 'terraform { /* */ backend\t"local" { path = "mine.tfstate" } }\n'],
  ["x.tf", 'terraform {\n  cloud {\n    organization = "x"\n  }\n}\n'],
])("a module that names a place for its state is refused in words: %s", async (name, text) => {
  await bench.put(`${WEB}/main.tf`, TWO);
  await bench.put(`${WEB}/${name}`, text);
  await expect(terraform({ command: "plan" })).rejects.toThrow("run_terraform keeps the state");
});

test("and by Terraform, where we do not look: in what a link leads to", async () => {
  await bench.put(`${WEB}/main.tf`, TWO);
  const file = await bench.put(
    "/app/config/x.tf",
    'terraform {\n  backend "local" {\n    path = "mine.tfstate"\n  }\n}\n',
  );
  await symlink(file, bench.real(`${WEB}/x.tf`));
  await terraform({ command: "init" });
  const planned = await terraform({ command: "plan" });
  expect(planned).toMatchObject({ kind: "failed", exitCode: 1 });
  expect(existsSync(bench.real(`${WEB}/mine.tfstate`))).toBe(false);
});

test("what a shell can leave in the module chooses no other state and no provider", async () => {
  await leaveOldState();
  await terraform({ command: "plan" });
  await bench.put(`${WEB}/.terraform/environment`, "other");
  const backend = { type: "local", config: { path: "mine.tfstate", workspace_dir: null }, hash: 1 };
  await writeFile(
    bench.real(`${WEB}/.terraform/terraform.tfstate`),
    JSON.stringify({ version: 3, terraform_version: "1.11.4", backend }),
  );
  expect((await terraform({ command: "plan" })).stdout).toContain("Summary: No changes.");
});
