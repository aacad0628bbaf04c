import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  canChangeUser,
  commandSpec,
  createTestWorkspace,
  type TestWorkspace,
} from "../../testing/workspace.ts";
import type { CommandResult } from "./command.ts";
import { createSandbox, describeSandbox } from "./sandbox.ts";
import { becomeArguments } from "./tool-user.ts";

const run = promisify(execFile);
const USER = { uid: 10_002, gid: 10_002 };
const CAPABILITIES = "-all,+setuid,+setgid,+kill";
/** As launcher/container-start.sh starts an agent. */
const AGENT = [
  ...["setpriv", "--reuid=10001", "--regid=10002", "--clear-groups", "--no-new-privs"],
  ...["bounding-set", "inh-caps", "ambient-caps"].map((set) => `--${set}=${CAPABILITIES}`),
];
const POWERLESS = ["setpriv", "--reuid=10001", "--regid=10002", "--clear-groups", "--bounding-set=-all"];

let lab: TestWorkspace;
/** A copy of what is tried, which another user can read wherever the checkout lies. */
let sources: string;
beforeAll(async () => {
  lab = await createTestWorkspace();
  sources = await mkdtemp(join(tmpdir(), "minilab-sources-"));
  for (const folder of ["base", "host"])
    await cp(join(import.meta.dirname, "../..", folder), join(sources, folder), { recursive: true });
  await run("chmod", ["-R", "a+rX", sources]);
});
afterAll(async () => {
  await lab.remove();
  await rm(sources, { recursive: true });
});

/** What a program says that is started in another way than this one. */
async function elsewhere(start: readonly string[], script: string): Promise<string> {
  const imports = `
    import { becomeArguments, requireAudit } from ${JSON.stringify(`${sources}/host/commands/tool-user.ts`)};
    import { workspaceOf } from ${JSON.stringify(`${sources}/host/files/paths.ts`)};
    const user = ${JSON.stringify(USER)};
    const workspace = workspaceOf("project", ${JSON.stringify(join(lab.directory, "elsewhere"))});
    const say = (promise) => promise.then((value) => console.log(value ?? "fine"), (error) => console.log(error.message));`;
  const node = [process.execPath, "--input-type=module", "--eval", `${imports}\n${script}`];
  const [program = "", ...args] = [...start, ...node];
  return (await run(program, args)).stdout;
}

if (canChangeUser) {
  test("a command is another user: no capability, no group of the agent's, no way to new rights (F33)", async () => {
    const status = (await bash("cat /proc/self/status; id; umask; echo ~")).stdout.text;
    expect(status).toMatch(/^Uid:\t10002\t10002\t10002\t10002$/m);
    expect(status).toMatch(/^Gid:\t10002\t10002\t10002\t10002$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"])
      expect(status).toMatch(new RegExp(`^Cap${set}:\t0+$`, "m"));
    expect(status).toContain("/tmp/tools\n");
  });

  test("it starts with what every kind of sandbox allows to take", async () => {
    const { stdout } = await bash("ulimit -c; ulimit -u; ulimit -n; cat /proc/self/oom_score_adj");
    expect(stdout.text).toBe("0\n512\n1024\n1000\n");
  });

  test("an agent that is no root itself can do it with three capabilities", async () => {
    const [become] = (
      await elsewhere(AGENT, "say(becomeArguments(user).then((words) => words.join(' ')))")
    ).split("\n");
    expect(become).toMatch(/^setpriv --reuid=10002 --regid=10002 /);
    const own = `say(becomeArguments({ uid: 10001, gid: 10001 }))`;
    expect(await elsewhere(AGENT, own)).toContain("is the agent's own user");
  });

  test("without that power every command is refused, with the remedy (F71)", async () => {
    const said = await elsewhere(POWERLESS, "say(becomeArguments(user))");
    expect(said).toMatch(/cannot run as another user[\s\S]*Remedy: .*SETUID, SETGID and KILL/);
  });

  test("the audit shell is refused where it could write or reach anybody, which is named (F33)", async () => {
    const runner = await lab.runner("container");
    const audit = runner.run(commandSpec({ argv: ["true"], isolation: "read-only" }));
    await expect(audit).rejects.toThrow(/\/app\/infra is writable.*127\.0\.0\.1 can be reached/);
  });

  test("the audit shell runs where it can do neither", async () => {
    await mkdir(join(lab.directory, "elsewhere"), { recursive: true }); // no folder of this workspace is there to write
    const audit = "say(becomeArguments(user).then((become) => requireAudit(become, workspace)))";
    const open = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
    expect(await elsewhere(open, audit)).toContain("127.0.0.1 can be reached");
    const rules = "for it in iptables ip6tables; do $it -A OUTPUT -m owner --uid-owner 10002 -j REJECT; done";
    const closed = ["unshare", "--net", "sh", "-c", `ip link set lo up && ${rules} && exec "$@"`, "sh"];
    expect(await elsewhere(closed, audit), "apt-get install iptables iproute2").toBe("fine\n");
  });
} else {
  test("without the power to become another user every command is refused, with the remedy (F71)", async () => {
    await expect(becomeArguments(USER)).rejects.toThrow(/Remedy: .*SETUID, SETGID and KILL/);
  });
}

test("in a container nothing is asked of a role that runs no command, and the doctor is told", async () => {
  const sandbox = await createSandbox("container", { workspace: lab.workspace });
  await expect(sandbox.isolate(commandSpec({ argv: ["true"] }), {})).rejects.toMatchObject({
    code: "bad_config",
  });
  if (canChangeUser) expect(await describeSandbox("container", USER)).toContain("user 10002");
  else
    await expect(describeSandbox("container", USER)).rejects.toMatchObject({ code: "missing_requirement" });
});

async function bash(script: string): Promise<CommandResult> {
  return await (await lab.runner("container")).run(commandSpec({ argv: ["bash", "-c", script] }));
}
