import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Workspace, workspaceOf } from "../host/files/paths.ts";
import { openModule } from "./terraform-module.ts";

let directory: string;
let workspace: Workspace;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "module-"));
  workspace = workspaceOf("project", directory);
  await mkdir(join(workspace["/app/infra"], "empty"), { recursive: true });
  await write('resource "terraform_data" "a" {\n}\n');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(text: string): Promise<void> {
  await mkdir(join(workspace["/app/infra"], "web"), { recursive: true });
  await writeFile(join(workspace["/app/infra"], "web/main.tf"), text);
}

const requiring = (source: string) =>
  `terraform {\n  required_providers {\n    p = {\n      source = "${source}"\n    }\n  }\n}\n`;

test("a module without a *.tf file is refused with the modules that have one (F47)", async () => {
  await expect(openModule(workspace, "/app/infra/empty")).rejects.toThrow(
    /no \*\.tf file.*\/app\/infra\/web/,
  );
  await expect(openModule(workspace, "/app/infra/none")).rejects.toMatchObject({ code: "not_found" });
});

test.each(["/app/config", "/app/infra/../../etc", "web", "/app/infra-evil"])(
  "%s is no module",
  async (dir) => {
    await expect(openModule(workspace, dir)).rejects.toMatchObject({ code: "not_allowed" });
  },
);

test.each([
  ["hashicorp/proxmox", "bpg/proxmox"],
  ["telmate/proxmox", "bpg/proxmox"],
  ["packagedata/proxmox", "bpg/proxmox"],
  ["evil/local", "hashicorp/local"],
])("the provider %s is refused before any network, naming %s (F57, F58)", async (source, instead) => {
  await write(requiring(source));
  await expect(openModule(workspace, "/app/infra/web")).rejects.toThrow(instead);
});

test.each([
  "bpg/proxmox",
  "registry.terraform.io/bpg/proxmox",
  "hashicorp/random",
  "terraform.io/builtin/terraform",
])("the provider %s is allowed, and a module's source is not taken for a provider's", async (source) => {
  await write(`${requiring(source)}module "vm" {\n  source = "./vm"\n}\n# source = "telmate/proxmox"\n`);
  expect(await openModule(workspace, "/app/infra/web")).toMatchObject({ visible: "/app/infra/web" });
});
