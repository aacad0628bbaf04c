import { afterEach, beforeEach, expect, test } from "vitest";
import { type InfraBench, running, startInfraBench } from "../testing/infra-bench.ts";
import { type ContextChanges, newCallId } from "../testing/workspace.ts";
import { toolsOf } from "./permissions.ts";
import { runSsh } from "./run-ssh.ts";

/** A command line that no other test run has. */
const SLEEP = `sleep 614.${process.pid}`;

const EARLIER = newCallId();

let bench: InfraBench;

beforeEach(async () => {
  bench = await startInfraBench();
});
afterEach(() => bench.close());

async function ssh(command: string, changes?: ContextChanges) {
  return await runSsh.run(runSsh.input.parse({ host: "pve1", command }), bench.context(changes));
}

test("the exit code decides, and secrets do not come back (F43, F70)", async () => {
  expect(await ssh("echo Error: all is well")).toMatchObject({ kind: "ok", exitCode: 0 });
  expect(await ssh("echo fine; exit 3")).toMatchObject({ kind: "failed", exitCode: 3, stdout: "fine\n" });
  expect((await ssh("echo key=hunter2hunter2")).stdout).toBe("key=[redacted]\n");
});

test("a broken connection is an unknown outcome, never a failure to be repeated (F51)", async () => {
  const result = ssh(SLEEP);
  await expect.poll(() => running(SLEEP).length, { timeout: 10_000 }).toBe(1);
  bench.node.drop();
  expect(await result).toMatchObject({ kind: "unknown", exitCode: null });
  expect((await result).stderr).toMatch(/^UNKNOWN: inspect before you repeat.*was ended/);
  expect(running(SLEEP)).toEqual([]);
});

test("what an earlier life of the agent left running on a node is ended, and unknown (F51)", async () => {
  const lost = ssh(SLEEP, { callId: EARLIER });
  await expect.poll(() => running(SLEEP).length, { timeout: 10_000 }).toBe(1);
  bench.node.drop();
  await lost;
  const input = runSsh.input.parse({ host: "pve1", command: SLEEP });
  const adopted = await runSsh.adopt?.(input, bench.context({ callId: EARLIER }));
  expect(adopted).toMatchObject({ kind: "unknown", exitCode: null });
  expect(adopted?.stderr).toMatch(/^UNKNOWN: inspect before you repeat/);
  expect(running(SLEEP)).toEqual([]);
});

test("a cancelled command leaves no process on the node (F10)", async () => {
  const stop = new AbortController();
  const result = ssh(SLEEP, { signal: stop.signal });
  await expect.poll(() => running(SLEEP).length, { timeout: 10_000 }).toBe(1);
  stop.abort();
  expect(await result).toMatchObject({ kind: "cancelled" });
  expect(running(SLEEP)).toEqual([]);
});

test("an unknown host is refused with the inventory (F66)", async () => {
  const input = runSsh.input.parse({ host: "10.0.0.1", command: "id" });
  await expect(runSsh.run(input, bench.context())).rejects.toThrow("Nodes: pve1.");
});

test("reading needs no grant, everything else does (F25)", () => {
  const effect = (command: string) => runSsh.effect(runSsh.input.parse({ host: "pve1", command }));
  expect([effect("qm list"), effect("qm destroy 9000")]).toEqual(["read", "infrastructure"]);
});

test("QA_Tester only looks: what could change a node is refused, and told by its part (F33)", async () => {
  const tool = toolsOf("QA_Tester").get("run_ssh")?.tool;
  const call = (command: string) => tool?.run(runSsh.input.parse({ host: "pve1", command }), bench.context());
  expect(await call("id -u && cat /etc/hostname | wc -l")).toMatchObject({ kind: "ok" });
  const made = `/tmp/minilab-qa-${process.pid}`;
  const refused = call(`ls / && touch ${made}`);
  await expect(refused).rejects.toMatchObject({ code: "not_allowed" });
  await expect(refused).rejects.toThrow(`\`touch ${made}\` runs touch`);
  await expect(call(`ls / > ${made}`)).rejects.toThrow("Leave the redirection out");
  expect(bench.node.commands.join("\n")).not.toContain(made);
});

test("nor does a later life of the agent go around that", async () => {
  const tool = toolsOf("QA_Tester").get("run_ssh")?.tool;
  const adopted = tool?.adopt?.(runSsh.input.parse({ host: "pve1", command: "reboot" }), bench.context());
  await expect(adopted).rejects.toMatchObject({ code: "not_allowed" });
  expect(bench.node.commands).toEqual([]);
});
