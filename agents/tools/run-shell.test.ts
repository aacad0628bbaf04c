import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { createRedactor } from "../redact/redact.ts";
import { createTestWorkspace, type TestWorkspace, testCall } from "../testing/workspace.ts";
import { readFile } from "./read-file.ts";
import { runShell } from "./run-shell.ts";
import type { ToolContext } from "./tool.ts";

let lab: TestWorkspace;
let context: ToolContext;
beforeAll(async () => {
  lab = await createTestWorkspace();
  context = await lab.context();
});
afterAll(() => lab.remove());

function run(command: string, changes: Partial<ToolContext> = {}, timeout_s = 20) {
  return runShell.run(
    { command, cwd: "/app/infra", timeout_s },
    { ...context, call: testCall(), ...changes },
  );
}

describe("run_shell", () => {
  it("returns the exit code, and where it ran (F43, F68)", async () => {
    expect(await run("echo hi; exit 4")).toMatchObject({
      kind: "failed",
      exitCode: 4,
      stdout: "[cwd /app/infra]\nhi\n",
    });
    expect(await run("echo 'Error: none'")).toMatchObject({ kind: "ok", exitCode: 0 });
  });

  it("is bash, and a pipeline fails when a part of it fails (F53)", async () => {
    expect(await run("false | cat")).toMatchObject({ kind: "failed", exitCode: 1 });
    expect((await run("echo {a,b} <(:) >/dev/null && [[ 1 -eq 1 ]]")).kind).toBe("ok");
  });

  it("tells a timeout from a failure", async () => {
    expect(await run("echo begun; sleep 600", {}, 1)).toMatchObject({
      kind: "timeout",
      stdout: "[cwd /app/infra]\nbegun\n",
      stderr: expect.stringContaining("timeout_s"), // which is not offered
    });
  });

  it("with audit access changes nothing (F33)", async () => {
    const result = await run("echo x > /app/infra/audit", { access: "audit", role: "Security_Sentinel" });
    expect(result.kind).toBe("failed");
    await expect(access(join(lab.workspace["/app/infra"], "audit"))).rejects.toMatchObject({
      code: "ENOENT",
    });
    expect((await run("ls /app/infra", { access: "audit" })).kind).toBe("ok");
  });

  it("points at the right tool instead of running what has one (F67)", async () => {
    await expect(run("cd /app/infra && terraform apply")).rejects.toThrow(/run_terraform/);
    await expect(run("ssh root@pve1 id")).rejects.toThrow(/run_ssh/);
  });

  it("cuts a long output, and the rest can be read where it says (F21)", async () => {
    const result = await run("seq 1 100000");
    expect(result.truncated).toBe(true);
    expect(Buffer.byteLength(result.stdout)).toBeLessThan(17_000);
    expect(result.stdout).toContain(`all of it: ${result.artifact}`);
    const page = await readFile.run({ path: result.artifact ?? "", offset: 50_000, limit: 1 }, context);
    expect(page.stdout).toMatch(/^50000\n/);
  });

  it("hides known secrets in what the model reads and in the file (F59, F69)", async () => {
    const secret = "correct-horse-battery";
    const processes = await lab.runner("bubblewrap", [secret]);
    const script = "for i in $(seq 9000); do echo $i correct-horse-battery; done";
    const result = await run(script, { processes, redactor: createRedactor([secret]) });
    expect(result.stdout).not.toContain(secret);
    const page = await readFile.run({ path: result.artifact ?? "", offset: 4_000, limit: 2 }, context);
    expect(page.stdout).toMatch(/^4000 \[redacted\]\n/);
  });
});

test("what cannot be fetched is not sent to a tool that cannot fetch it (B08)", async () => {
  const call = run("ansible-galaxy collection install ansible.posix");
  await expect(call).rejects.toThrow(/not fetched.*run_ansible with command doc/);
});
