import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROLES, type Role } from "../protocol/roles.ts";
import { createTestWorkspace, type TestWorkspace } from "../testing/workspace.ts";
import { PERMISSIONS } from "./permissions.ts";
import type { Access, ToolContext } from "./tool.ts";
import { locateForReading, locateForWriting } from "./workspace-file.ts";

let lab: TestWorkspace;
let context: ToolContext;
beforeAll(async () => {
  lab = await createTestWorkspace();
  context = await lab.context();
});
afterAll(() => lab.remove());

describe("a file of a node", () => {
  const refusalOf = (role: Role) => {
    const access = PERMISSIONS[role]["read_file"] as Access;
    return () => locateForReading({ ...context, role, access }, "/etc/ssh/sshd_config");
  };

  it("is refused with the tool that reaches it, and with the folders that are the role's", () => {
    expect(refusalOf("DevOps_Builder")).toThrow("run_ssh or run_ansible");
    expect(refusalOf("DevOps_Builder")).toThrow("under /app/infra, /app/config, /app/docs, /tmp/app.");
    expect(refusalOf("Architect_Zero")).toThrow("under /app/docs. Files of a node are for DevOps_Builder");
    for (const path of ["/root/.ssh/config", "/app/../root/x"])
      expect(() => locateForWriting(context, path)).toThrow("run_ssh or run_ansible");
  });

  it.each(ROLES)("is no reason to name to %s a tool that it has not", (role) => {
    const has = PERMISSIONS[role];
    for (const tool of ["run_ssh", "run_ansible"]) if (!has[tool]) expect(refusalOf(role)).not.toThrow(tool);
    if (has["run_ssh"]) expect(refusalOf(role)).toThrow("run_ssh");
  });
});
