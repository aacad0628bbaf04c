import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NodePool } from "../host/nodes/ssh.ts";
import { type InfraBench, startInfraBench } from "../testing/infra-bench.ts";
import { type RealSshd, startRealSshd } from "../testing/real-sshd.ts";
import { toolsOf } from "./permissions.ts";
import { runSsh } from "./run-ssh.ts";

let bench: InfraBench;
let sshd: RealSshd;
let nodes: NodePool;

beforeEach(async () => {
  bench = await startInfraBench();
  sshd = await startRealSshd(bench.authorized);
  nodes = bench.poolOf([sshd.address], sshd.user);
});
afterEach(async () => {
  await nodes.close();
  await sshd.close();
  await bench.close();
});

const call = (command: string, more: object = {}, tool = runSsh as Pick<typeof runSsh, "run">) =>
  tool.run(runSsh.input.parse({ host: "pve1", command, ...more }), bench.context({ nodes }));

test("after a change the next login is a new one, and who is locked out hears it (R03)", async () => {
  expect(await call("true")).toMatchObject({ kind: "ok", way: "new login" });
  expect(await call("true")).toMatchObject({ kind: "ok", way: "earlier login" });
  expect(await call("true", { fresh: true })).toMatchObject({ way: "new login" });
  await sshd.reload("PubkeyAuthentication no");
  expect(await call("touch /dev/null")).toMatchObject({ kind: "ok", way: "earlier login" });
  const locked = call("true");
  await expect(locked).rejects.toMatchObject({ code: "unavailable" });
  await expect(locked).rejects.toThrow(/No new login works.*fresh: false/s);
  const repair = await call("echo repaired", { fresh: false });
  expect(repair).toMatchObject({ kind: "ok", way: "earlier login", stdout: "repaired\n" });
  await sshd.reload("");
  expect(await call("true")).toMatchObject({ way: "new login" });
});

test("QA_Tester logs in anew for each check, whatever it asks for (R03)", async () => {
  const tool = toolsOf("QA_Tester").get("run_ssh")?.tool as Pick<typeof runSsh, "run">;
  for (const fresh of [undefined, true, false])
    expect(await call("id -u", { fresh }, tool)).toMatchObject({ kind: "ok", way: "new login" });
  await sshd.reload("PubkeyAuthentication no");
  await expect(call("id -u", {}, tool)).rejects.toMatchObject({ code: "unavailable" });
  await expect(call("id -u", {}, tool)).rejects.not.toThrow("fresh: false");
});

test.each([
  ["touch /nonexistent/x; echo went on", "exit 1: touch /nonexistent/x", 0],
  ["false | cat; echo went on", "exit 1: the pipe that ends with: cat (its stages: 1 0)", 0],
  ["v=$(false); echo went on", "exit 1: v=$(false)", 0],
  ["{ touch /nonexistent/x; } 2>/dev/null; echo went on", "exit 1: touch /nonexistent/x", 0],
  ["exec 2>/dev/null; (exit 7); echo went on", "exit 7: ( exit 7 )", 0],
  ["false; exit 5", "exit 1: false", 5],
])(
  "a part that failed unseen is named, and the line has failed: %s (R04)",
  async (command, named, exitCode) => {
    const result = await call(command);
    expect(result).toMatchObject({ kind: "failed", exitCode });
    expect(result.stderr).toContain(`These parts of the line failed, and it went on:\n- ${named}`);
    expect(result.stdout + result.stderr).not.toContain("minilab");
  },
);

test.each([
  "if grep -q x /etc/hostname.none 2>/dev/null; then echo a; fi; echo went on",
  "test -f /nonexistent || echo missing",
  "! test -f /nonexistent; echo went on",
  '[ "$(cat /nonexistent 2>/dev/null)" = a ] || echo other',
  "yes | head -1 | cat; echo went on",
  "for n in 1 2; do test $n = 3 && echo three; done; echo went on",
])("a failure that the line itself deals with is none: %s (R04)", async (command) => {
  expect(await call(command)).toMatchObject({ kind: "ok", exitCode: 0, stderr: "" });
});

test("the one command that failed is not told twice, a loop of failures not for ever (R04)", async () => {
  expect(await call("exit 3")).toMatchObject({ kind: "failed", exitCode: 3, stderr: "" });
  expect(await call("echo no >&2; false")).toMatchObject({ kind: "failed", exitCode: 1, stderr: "no\n" });
  const many = await call("for n in $(seq 5000); do false; done; true");
  expect(many.stderr.match(/exit 1: false/g)).toHaveLength(10);
  expect((await call("touch /nonexistent/hunter2hunter2; true")).stderr).not.toContain("hunter2");
});

test("what goes on in the background does not hold the end (R04)", async () => {
  const left = join(bench.real("/tmp/app"), "pid");
  const result = await call(`sleep 60 >/dev/null 2>&1 & echo $! >${left}; echo begun`);
  expect(result).toMatchObject({ kind: "ok", stdout: "begun\n" });
  process.kill(Number(await readFile(left, "utf8")));
});

test.each([
  ["ForceCommand", "ForceCommand echo as you wish"],
  ["ForceCommand that repeats the line", 'ForceCommand echo "$SSH_ORIGINAL_COMMAND" >&2'],
])("a command in whose place something else ran has failed: %s (B02)", async (_, settings) => {
  await sshd.reload(settings);
  const made = join(bench.real("/tmp/app"), "made");
  const result = await call(`touch ${made}`);
  expect(result).toMatchObject({ kind: "failed", exitCode: 0 });
  expect(result.stderr).toContain("The command did not run");
  await expect(access(made)).rejects.toThrow("ENOENT");
  expect(await nodes.end("pve1", bench.context().call.id)).toBe(false); // nor is its end confirmed by such a node
});
