import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeKey, startTestNode } from "../testing/ssh-server.ts";
import type { SshAgent } from "./ssh.ts";
import { serveSshAgent } from "./ssh-agent.ts";

let directory: string;
let stop: AbortController;
let agent: SshAgent;
let publicKey: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-test-"));
  stop = new AbortController();
  const key = await makeKey();
  publicKey = key.public;
  agent = await serveSshAgent({ privateKey: key.private, directory, signal: stop.signal });
});

afterEach(async () => {
  await agent.close();
  await rm(directory, { recursive: true, force: true });
});

/** A program of OpenSSH, asynchronously: the agent answers from this process. */
async function openssh(program: string, args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, { env: { ...process.env, SSH_AUTH_SOCK: agent.socketPath } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  child.stdin.end();
  const [code] = await once(child, "close");
  return { code: Number(code), output };
}

test("ssh-add lists the one key and ssh-keygen signs with it", async () => {
  expect((await openssh("ssh-add", ["-L"])).output.split(" ").slice(0, 2)).toEqual(
    publicKey.split(" ").slice(0, 2),
  );
  const [data, pub] = [join(directory, "data"), join(directory, "key.pub")];
  await writeFile(data, "text");
  await writeFile(pub, publicKey);
  expect(await openssh("ssh-keygen", ["-Y", "sign", "-n", "test", "-f", pub, data])).toMatchObject({
    code: 0,
  });
  const checked = spawnSync("ssh-keygen", ["-Y", "check-novalidate", "-n", "test", "-s", `${data}.sig`], {
    input: "text",
  });
  expect(checked.status).toBe(0);
});

test("keys cannot be added, removed or replaced, and another key is not signed with (F62)", async () => {
  const own = join(directory, "own");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", own]);
  expect((await openssh("ssh-add", [own])).code).not.toBe(0);
  expect((await openssh("ssh-add", ["-D"])).code).not.toBe(0);
  await rm(own);
  const data = join(directory, "data");
  await writeFile(data, "text");
  expect((await openssh("ssh-keygen", ["-Y", "sign", "-n", "t", "-f", `${own}.pub`, data])).code).not.toBe(0);
});

test("only this user reaches the socket, and its path is short", async () => {
  expect((await stat(agent.socketPath)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(agent.socketPath))).mode & 0o777).toBe(0o700);
  expect(agent.socketPath.length).toBeLessThan(100);
});

test("OpenSSH's own first request, an extension, is refused without disturbing the next one", async () => {
  const node = await startTestNode({ name: "x", authorized: publicKey, hostKey: (await makeKey()).private });
  const { host, port } = node.address;
  const known = join(directory, "known");
  const settings = ["StrictHostKeyChecking=accept-new", `UserKnownHostsFile=${known}`, "IdentityFile=none"];
  const options = settings.flatMap((setting) => ["-o", setting]);
  const login = await openssh("ssh", ["-F", "/dev/null", ...options, "-p", String(port), host, "echo in"]);
  await node.close();
  expect(login, login.output).toMatchObject({ code: 0 });
});

test("noise on the socket ends that connection only", async () => {
  const socket = connect(agent.socketPath);
  socket.end(Buffer.from("ffffffffff00", "hex"));
  await once(socket, "close");
  expect((await openssh("ssh-add", ["-l"])).code).toBe(0);
});

test("the socket is gone after the signal or close, and close may come twice", async () => {
  stop.abort();
  await agent.close();
  await agent.close();
  await expect(access(dirname(agent.socketPath))).rejects.toThrow("ENOENT");
});

test("what is not a private key is refused", async () => {
  const refused = serveSshAgent({ privateKey: publicKey, directory, signal: new AbortController().signal });
  await expect(refused).rejects.toMatchObject({ code: "missing_requirement" });
});
