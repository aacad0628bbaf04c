import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestWorkspace, type TestWorkspace } from "../../testing/workspace.ts";
import { locate, resolveVisible, workspaceOf } from "./paths.ts";

const workspace = workspaceOf("project", "/project");

describe("a path that a model gives", () => {
  it.each([
    ["/app/infra/main.tf", "/app/infra/main.tf"],
    ["/app/infra", "/app/infra"],
    ["/app//infra/./a/../b.tf", "/app/infra/b.tf"],
    ["/etc/../app/docs/x.md", "/app/docs/x.md"],
    ["/tmp/app/ca.pem.txt", "/tmp/app/ca.pem.txt"],
    ["/app/config/id_ed25519.pub", "/app/config/id_ed25519.pub"],
    ["/app/config/…/ü 'x'.yml", "/app/config/…/ü 'x'.yml"],
  ])("%s is %s", (path, visible) => {
    expect(locate(workspace, path).visible).toBe(visible);
  });

  it.each([
    "main.tf",
    "docs/x.md",
    "",
    "/",
    "/app",
    "/tmp",
    "/app/infra-evil/x",
    "/app/docs.bak",
    "/tmp/application",
    "/app/infra/../../etc/passwd",
    "/app/infra/../secret",
    "/APP/infra/x",
    "/proc/self/environ",
    "/app/infra/\0/x",
    "~/x",
    "file:///app/infra/x",
    `/app/infra/${"x".repeat(256)}`,
    `/app/infra/${"x/".repeat(1_000)}`,
  ])("%s is refused with the names of the four roots (F61)", (path) => {
    expect(() => locate(workspace, path)).toThrow(
      /full path under \/app\/infra, \/app\/config, \/app\/docs, \/tmp\/app/,
    );
  });

  it.each([
    "/tmp/app/bootstrap_key",
    "/tmp/app/id_rsa",
    "/tmp/app/id_ed25519",
    "/tmp/app/server.key",
    "/tmp/app/SERVER.KEY",
    "/tmp/app/cert.pem",
    "/tmp/app/known_nodes",
    "/tmp/app/deploy_key/x",
    "/app/infra/terraform.tfstate",
    "/app/infra/terraform.tfstate.backup",
    "/app/infra/.terraform.tfstate.lock.info",
    "/app/infra/web/plan.tfplan",
  ])("%s is a key, or Terraform's own (F62)", (path) => {
    expect(() => locate(workspace, path)).toThrow(expect.objectContaining({ code: "not_allowed" }));
  });
});

describe("the real path", () => {
  let lab: TestWorkspace;
  beforeAll(async () => {
    lab = await createTestWorkspace();
    await mkdir(join(lab.workspace["/app/infra"], "module"));
    await writeFile(join(lab.workspace["/app/infra"], "module/main.tf"), "");
    await symlink("/etc", join(lab.workspace["/app/infra"], "etc"));
  });
  afterAll(() => lab.remove());

  it("is found for files and folders", async () => {
    expect(await resolveVisible(lab.workspace, "/app/infra/module/main.tf")).toBe(
      join(lab.directory, "generated_iac/infra/module/main.tf"),
    );
  });

  it("is refused through a link, and not found where nothing is (F61)", async () => {
    const refused = resolveVisible(lab.workspace, "/app/infra/etc/passwd");
    await expect(refused).rejects.toMatchObject({ code: "not_allowed" });
    await expect(resolveVisible(lab.workspace, "/app/infra/none")).rejects.toMatchObject({
      code: "not_found",
    });
    const below = resolveVisible(lab.workspace, "/app/infra/module/main.tf/x");
    await expect(below).rejects.toMatchObject({ code: "not_found" });
  });
});
