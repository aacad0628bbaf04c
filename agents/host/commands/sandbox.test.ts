import { once } from "node:events";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandSpec, createTestWorkspace, newCallId, type TestWorkspace } from "../../testing/workspace.ts";
import { workspaceOf } from "../files/paths.ts";
import type { CommandResult, CommandRunner, CommandSpec } from "./command.ts";
import { createSandbox, describeSandbox } from "./sandbox.ts";

let lab: TestWorkspace;
let runner: CommandRunner;
beforeAll(async () => {
  lab = await createTestWorkspace();
  await writeFile(join(lab.workspace["/app/docs"], "execution_log_DevOps_Builder.md"), "log\n");
  await writeFile(join(lab.artifacts.directory, "old.stdout.log"), "evidence\n");
  runner = await lab.runner();
});
afterAll(() => lab.remove());

function bash(script: string, changes: Partial<CommandSpec> = {}): Promise<CommandResult> {
  return runner.run(commandSpec({ argv: ["bash", "-c", script], ...changes }));
}

describe("bubblewrap", () => {
  it("shows the workspace under the names that the model knows (F68)", async () => {
    const result = await bash(
      "pwd; echo 1 > a; echo 2 > /app/config/b; echo 3 > /tmp/app/c; echo 4 > /app/docs/d",
    );
    expect([result.exitCode, result.stdout.text]).toEqual([0, "/app/infra\n"]);
    const read = (root: "/app/infra" | "/app/config" | "/tmp/app" | "/app/docs", name: string) =>
      readFile(join(lab.workspace[root], name), "utf8");
    expect(await read("/app/infra", "a")).toBe("1\n");
    expect(await read("/app/config", "b")).toBe("2\n");
    expect(await read("/tmp/app", "c")).toBe("3\n");
    expect(await read("/app/docs", "d")).toBe("4\n");
  });

  it.each([
    "/etc/shadow",
    "/etc/ssh",
    "/etc/ssl/private",
    "/var",
    "/run",
    "/sys",
    import.meta.filename,
    process.execPath,
  ])("has no %s (F62)", async (path) => {
    expect((await bash(`test -e '${path}'`)).exitCode).toBe(1);
  });

  it.each(["/root", "/home"])("has of %s at most the way to its programs (F62)", async (home) => {
    const { stdout } = await bash(`find ${home} -name .programs -prune -o -type f -print -o -type l -print`);
    expect(stdout.text).toBe("");
  });

  it("shows no process of the agent", async () => {
    const { stdout } = await bash(
      'for file in /proc/[0-9]*/comm; do read -r name < "$file"; echo "$name"; done',
    );
    expect(stdout.text).toBe("bwrap\nbash\n");
  });

  it("lets nothing of the system be written, the kernel's settings included", async () => {
    const paths = [
      "/usr/x",
      "/etc/x",
      "/x",
      "/bin/x",
      "/proc/sys/kernel/domainname",
      "/proc/self/oom_score_adj",
      "/dev/x",
    ];
    for (const path of paths) expect((await bash(`: >> ${path}`)).exitCode, path).not.toBe(0);
  });

  it("leaves no capability", async () => {
    const { stdout } = await bash("grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status");
    expect(stdout.text.match(/[0-9a-f]{16}/g)).toEqual(["0", "0", "0"].map((zero) => zero.repeat(16)));
  });

  it("gives each call its own writable /tmp as home", async () => {
    expect((await bash("cd && pwd && echo x > /tmp/mine && cat ~/mine")).stdout.text).toBe("/tmp\nx\n");
    expect((await bash("test -e /tmp/mine")).exitCode).toBe(1);
  });

  it("protects the agent's own records from the commands it runs (F39, F69)", async () => {
    const attempts = [
      "echo x >> /app/docs/execution_log_DevOps_Builder.md",
      "rm /app/docs/execution_log_DevOps_Builder.md",
      "mv /app/docs/execution_log_DevOps_Builder.md /app/docs/x",
      "echo x > /app/docs/tool_output/old.stdout.log",
      "echo x > /app/docs/tool_output/new.log",
      "mv /app/docs/tool_output /app/docs/moved",
      "rm -rf /app/docs/tool_output && ln -s /tmp /app/docs/tool_output",
    ];
    for (const attempt of attempts) expect((await bash(attempt)).exitCode, attempt).not.toBe(0);
    expect(await readFile(join(lab.artifacts.directory, "old.stdout.log"), "utf8")).toBe("evidence\n");
    expect((await bash("cat /app/docs/tool_output/old.stdout.log")).stdout.text).toBe("evidence\n");
  });

  it("keeps the requirements from the commands of those who are measured by them (R20)", async () => {
    const file = join(lab.workspace["/app/docs"], "requirements.md");
    await writeFile(file, "1. two guests\n");
    const name = "/app/docs/requirements.md";
    const attempts = [`echo 2 >> ${name}`, `rm ${name}`, `mv ${name} /app/docs/x`, `cp /dev/null ${name}`];
    for (const attempt of attempts) expect((await bash(attempt)).exitCode, attempt).not.toBe(0);
    expect(await readFile(file, "utf8")).toBe("1. two guests\n");
    expect((await bash(`cat ${name}`)).stdout.text).toBe("1. two guests\n");
  });

  it("resolves a link in the workspace inside the sandbox, where there is nothing", async () => {
    await writeFile(join(lab.directory, "outside"), "outside");
    await symlink(join(lab.directory, "outside"), join(lab.workspace["/app/infra"], "link"));
    expect((await bash("cat link")).exitCode).toBe(1);
  });

  it("read-only: writes nothing, reaches nothing (F33)", async () => {
    const server = createServer((socket) => socket.end("hello"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connect = `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`;
    expect((await bash(connect, { isolation: "networked" })).stdout.text).toBe("hello");
    for (const isolation of ["workspace", "read-only"] as const) {
      expect((await bash(connect, { isolation })).exitCode, isolation).not.toBe(0);
    }
    for (const root of ["/app/infra", "/app/config", "/app/docs", "/tmp/app"]) {
      expect((await bash(`touch ${root}/x`, { isolation: "read-only" })).exitCode, root).not.toBe(0);
    }
    expect((await bash("echo x > /tmp/scratch && ls /app/infra", { isolation: "read-only" })).exitCode).toBe(
      0,
    );
    server.close();
  });

  it("passes the sockets through that it is given, and no others", async () => {
    const socket = join(lab.directory, "agent.sock");
    const server = createServer().listen(socket);
    await once(server, "listening");
    expect((await bash(`test -S ${socket}`)).exitCode).toBe(1);
    expect((await bash(`test -S ${socket}`, { sockets: [socket] })).exitCode).toBe(0);
    server.close();
  });

  it("has the programs of the work: terraform, ansible, git, python", async () => {
    const result = await bash("terraform version && ansible --version && git --version && python3 --version");
    expect(result.exitCode, "install terraform, and apt-get install ansible-core git python3").toBe(0);
  });

  it("is described for the doctor", async () => {
    expect(await describeSandbox("auto", undefined)).toMatch(/^bubblewrap/);
  });
});

describe("other choices", () => {
  const spec = (isolation: CommandSpec["isolation"]): CommandSpec => ({
    argv: ["true"],
    cwd: "/app/infra",
    timeoutMs: 1_000,
    callId: newCallId(),
    isolation,
    signal: new AbortController().signal,
  });

  it("none: runs in the real folder, and refuses what must be harmless (F33)", async () => {
    const sandbox = await createSandbox("none", { workspace: lab.workspace });
    expect((await sandbox.isolate(spec("workspace"), {})).cwd).toBe(lab.workspace["/app/infra"]);
    await expect(sandbox.isolate(spec("read-only"), {})).rejects.toMatchObject({
      code: "missing_requirement",
    });
  });

  it("auto: without bubblewrap it refuses and names the remedy, it does not fall back", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = lab.directory;
    try {
      await expect(createSandbox("auto", { workspace: lab.workspace })).rejects.toThrow(
        /apt-get install bubblewrap/,
      );
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("makes the workspace's folders when they are missing", async () => {
    const fresh = await mkdtemp(join(tmpdir(), "minilab-fresh-"));
    const workspace = workspaceOf("project", fresh);
    const sandbox = await createSandbox("bubblewrap", { workspace, protect: ["/app/docs/tool_output"] });
    expect((await sandbox.isolate(spec("workspace"), {})).argv).toContain("bwrap");
    await rm(fresh, { recursive: true });
  });
});
