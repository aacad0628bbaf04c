import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { requirePrograms, run } from "../machines/testing/clients.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const token = "a token for this test";
let directory: string;
let running: ChildProcess[];

beforeEach(() => {
  requirePrograms({ bwrap: "bubblewrap", "ssh-keygen": "openssh-client" });
  directory = mkdtempSync(join(tmpdir(), "lab-main-"));
  running = [];
});
afterEach(async () => {
  await Promise.all(
    running.map((child) => child.exitCode === null && child.kill("SIGKILL") && once(child, "exit")),
  );
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a program and gives the first line that it prints. */
async function start(
  argv: string[],
  env: Record<string, string>,
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(argv[0] ?? "", argv.slice(1), {
    env: { PATH: "/usr/sbin:/usr/bin", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.push(child);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, line };
}

/** A stand-in for a container: every folder that a node writes to is new, and gone with it. */
function inContainer(argv: string[]): string[] {
  const etc = join(directory, "etc");
  mkdirSync(etc);
  for (const name of ["passwd", "group", "nsswitch.conf", "alternatives", "ld.so.cache"]) {
    cpSync(join("/etc", name), join(etc, name), { recursive: true, verbatimSymlinks: true });
  }
  writeFileSync(join(etc, "lab-node"), "");
  const fresh = ["/opt", "/root", "/run", "/tmp"].flatMap((folder) => ["--tmpfs", folder]);
  const kept = [PROJECT, dirname(process.execPath), directory].flatMap((folder) => [
    "--bind",
    folder,
    folder,
  ]);
  const own = [
    "--unshare-user",
    "--uid",
    "0",
    "--gid",
    "0",
    "--unshare-pid",
    "--die-with-parent",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
  ];
  return ["bwrap", "--ro-bind", "/", "/", ...own, ...fresh, "--bind", etc, "/etc", ...kept, "--", ...argv];
}

it("serves a cluster and a node as processes of their own, until they are told to end", async () => {
  const key = join(directory, "key");
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
  const cluster = await start([process.execPath, join(PROJECT, "lab/cluster/main.ts")], {
    CLUSTER_HOST: "127.0.0.1",
    CLUSTER_PORT: "0",
    CLUSTER_STATE_FILE: join(directory, "cluster.json"),
    CLUSTER_START: "day3",
    CLUSTER_TOKEN: token,
  });
  const node = await start(inContainer([process.execPath, join(PROJECT, "lab/node/main.ts")]), {
    NODE_NAME: "pve1",
    NODE_HOST: "127.0.0.1",
    NODE_PORT: "0",
    NODE_DIR: join(directory, "node"),
    CLUSTER_URL: /http:\S+/.exec(cluster.line)?.[0] ?? "",
    CLUSTER_TOKEN: token,
    AUTHORIZED_KEYS_FILE: `${key}.pub`,
  });
  const port = /port (\d+)/.exec(node.line)?.[1] ?? "";
  const options = [
    "-F",
    "/dev/null",
    "-i",
    key,
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
  ];
  const command =
    "qm list && cat /etc/pve/local/qemu-server/9000.conf && sshd -T | grep -c . && systemctl reload ssh";
  const seen = await run(["ssh", ...options, "-p", port, "root@127.0.0.1", command]);
  expect(seen).toMatchObject({ exitCode: 0, stderr: "" });
  expect(seen.stdout).toContain("9000 ubuntu-k8s-template-src");
  expect(seen.stdout).toContain("template: 1");
  cluster.child.kill("SIGTERM");
  expect(await once(cluster.child, "exit")).toEqual([0, null]);
});

it("refuse to start on settings that are wrong, naming each of them", async () => {
  const cluster = await run([process.execPath, join(PROJECT, "lab/cluster/main.ts")], {
    CLUSTER_START: "never",
  });
  expect(cluster.exitCode).toBe(1);
  for (const name of ["CLUSTER_START", "CLUSTER_STATE_FILE", "CLUSTER_TOKEN"])
    expect(cluster.stderr).toContain(name);
  const node = await run([process.execPath, join(PROJECT, "lab/node/main.ts")], { NODE_NAME: "../x" });
  expect(node.exitCode).toBe(1);
  for (const name of ["NODE_NAME", "NODE_DIR", "CLUSTER_URL", "CLUSTER_TOKEN"])
    expect(node.stderr).toContain(name);
});
