import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeKey, startTestNode, type TestNode } from "../../testing/ssh-server.ts";
import { checkHostKey, isPinned } from "./known-nodes.ts";
import { loadSsh2, type SshAgent } from "./ssh.ts";
import { type AgentOptions, serveSshAgent } from "./ssh-agent.ts";
import { AgentSession } from "./ssh-agent-session.ts";
import { signWith } from "./ssh-signature.ts";
import { WireReader, wireNumber, wireString } from "./ssh-wire.ts";

let directory: string;
let known: string;
let stop: AbortController;
let open: { close(): Promise<unknown> }[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-test-"));
  known = join(directory, "known_nodes");
  stop = new AbortController();
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((part) => part.close()));
  await rm(directory, { recursive: true, force: true });
});

const FILE = "key";
function makeKeyFile(type: string, name = FILE): { private: string; public: string } {
  const file = join(directory, name);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", file]);
  const pair = {
    private: execFileSync("cat", [file]).toString(),
    public: execFileSync("cat", [`${file}.pub`]).toString(),
  };
  return pair;
}

async function serve(privateKey: string, changes: Partial<AgentOptions> = {}): Promise<SshAgent> {
  const agent = await serveSshAgent({
    privateKey,
    user: "root",
    isHost: (key) => isPinned(known, nodes, key),
    proofOfHost: "required",
    isShared: false,
    directory,
    signal: stop.signal,
    ...changes,
  });
  open.push(agent);
  return agent;
}

let nodes: TestNode["address"][] = [];
/** A server that lets the key in; of the inventory, or just somewhere. */
async function startHost(authorized: string, isNode: boolean): Promise<TestNode> {
  const hostKey = await makeKey();
  const host = await startTestNode({ name: "pve1", authorized, hostKey: hostKey.private });
  open.push(host);
  const parsed = (await loadSsh2()).utils.parseKey(hostKey.public);
  if (parsed instanceof Error) throw parsed;
  nodes = isNode ? [host.address] : [];
  if (isNode) await checkHostKey(known, host.address, parsed.getPublicSSH());
  return host;
}

/** A program of OpenSSH, asynchronously: the agent answers from this process. */
async function openssh(
  agent: SshAgent,
  program: string,
  args: string[],
): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, { env: { ...process.env, SSH_AUTH_SOCK: agent.socketPath } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  child.stdin.end();
  const [code] = await once(child, "close");
  return { code: Number(code), output };
}

function login(agent: SshAgent, { address: { host, port } }: TestNode, user = "root") {
  const settings = [
    "StrictHostKeyChecking=no",
    `UserKnownHostsFile=/dev/null`,
    "IdentityFile=none",
    "BatchMode=yes",
  ];
  const options = settings.flatMap((setting) => ["-o", setting]);
  return openssh(agent, "ssh", [
    "-F",
    "/dev/null",
    ...options,
    "-p",
    String(port),
    `${user}@${host}`,
    "echo in",
  ]);
}

/** By a client that does not prove which host it talks to, as Terraform's. */
async function unboundLogin(
  agent: SshAgent,
  { address: { host, port } }: TestNode,
  username: string,
): Promise<string> {
  const { Client } = await loadSsh2();
  const client = new Client();
  const ended = Promise.race([once(client, "ready").then(() => "in"), once(client, "error").then(String)]);
  client.connect({ host, port, username, agent: agent.socketPath, hostVerifier: () => true });
  const result = await ended.catch(String);
  client.destroy();
  return result;
}

test.each(["ed25519", "rsa", "ecdsa"])(
  "OpenSSH logs in to a node with a key of type %s (F62)",
  async (type) => {
    const key = makeKeyFile(type);
    const node = await startHost(key.public, true);
    const agent = await serve(key.private);
    expect((await openssh(agent, "ssh-add", ["-L"])).output.split(" ")[1]).toBe(key.public.split(" ")[1]);
    expect(await login(agent, node)).toMatchObject({ code: 0 });
  },
);

test("nobody is logged in to a host that is no node, even if it knows the key (F65, F66)", async () => {
  const key = makeKeyFile("ed25519");
  const stranger = await startHost(key.public, false);
  const agent = await serve(key.private);
  expect((await login(agent, stranger)).output).toContain("Permission denied");
  expect(stranger.connections()).toBe(1);
});

test("nobody is logged in under another name than SSH_USER", async () => {
  const key = makeKeyFile("ed25519");
  const node = await startHost(key.public, true);
  expect((await login(await serve(key.private), node, "backup")).code).toBe(255);
  const terraform = await serve(key.private, { proofOfHost: "optional" });
  expect(await unboundLogin(terraform, node, "backup")).not.toBe("in");
});

test("a client that does not prove its host is served only where that is allowed", async () => {
  const key = makeKeyFile("ed25519");
  const node = await startHost(key.public, true);
  expect(await unboundLogin(await serve(key.private), node, "root")).not.toBe("in");
  expect(await unboundLogin(await serve(key.private, { proofOfHost: "optional" }), node, "root")).toBe("in");
});

test("a proof counts for its own session, host and login only", async () => {
  const { parseKey } = (await loadSsh2()).utils;
  const [own, host, other] = ["own", "host", "other"].map((name) =>
    parseKey(makeKeyFile("ed25519", name).private),
  );
  if (!own || !host || !other || own instanceof Error || host instanceof Error || other instanceof Error)
    throw own;
  const isHost = async (key: Buffer) => key.equals(host.getPublicSSH());
  const begin = () =>
    new AgentSession({ key: own, user: "root", isHost, proofOfHost: "required", parsePublicKey: parseKey });
  const bind = (session: AgentSession, by: typeof host, id: string, signer = by, forwarded = 0) => {
    const signature = signWith(signer, "ssh-ed25519", Buffer.from(id)) ?? "";
    const words = ["session-bind@openssh.com", by.getPublicSSH(), id, signature].map(wireString);
    return session.answer(Buffer.concat([Buffer.from([27]), ...words, Buffer.from([forwarded])]));
  };
  const sign = (session: AgentSession, id: string, hostKey = host.getPublicSSH()) => {
    const names = ["root", "ssh-connection", "publickey-hostbound-v00@openssh.com"].map(wireString);
    const keys = ["ssh-ed25519", own.getPublicSSH(), hostKey].map(wireString);
    const data = Buffer.concat([wireString(id), Buffer.from([50]), ...names, Buffer.from([1]), ...keys]);
    const words = [own.getPublicSSH(), data].map(wireString);
    return session.answer(Buffer.concat([Buffer.from([13]), ...words, wireNumber(0)]));
  };
  const bound = begin();
  expect((await bind(bound, host, "a"))[0]).toBe(6);
  expect((await sign(bound, "a"))[0]).toBe(14);
  expect((await sign(bound, "b"))[0], "another session").toBe(5);
  expect((await sign(bound, "a", other.getPublicSSH()))[0], "another host").toBe(5);
  expect((await bind(bound, host, "b"))[0], "a second proof").toBe(5);
  expect((await bind(begin(), other, "a"))[0], "a stranger").toBe(5);
  expect((await bind(begin(), host, "a", other))[0], "not signed by the host").toBe(5);
  expect((await bind(begin(), host, "a", host, 1))[0], "forwarded").toBe(5);
  expect((await sign(begin(), "a"))[0], "no proof").toBe(5);
  await expect(begin().answer(Buffer.from([13, 0, 0, 0, 9]))).rejects.toThrow(RangeError);
});

test("nothing but a login is signed, and keys cannot be added or removed (F62)", async () => {
  const key = makeKeyFile("ed25519");
  const agent = await serve(key.private, { proofOfHost: "optional" });
  const data = join(directory, "data");
  await writeFile(data, "text");
  const pub = join(directory, `${FILE}.pub`);
  await rm(join(directory, FILE));
  expect((await openssh(agent, "ssh-keygen", ["-Y", "sign", "-n", "test", "-f", pub, data])).code).not.toBe(
    0,
  );
  makeKeyFile("ed25519", "own");
  expect((await openssh(agent, "ssh-add", [join(directory, "own")])).code).not.toBe(0);
  expect((await openssh(agent, "ssh-add", ["-D"])).code).not.toBe(0);
});

test("only this user reaches the socket, or its group when commands are another user; its path is short", async () => {
  const modes = async ({ socketPath }: SshAgent) => [
    (await stat(dirname(socketPath))).mode & 0o777,
    (await stat(socketPath)).mode & 0o777,
  ];
  const key = (await makeKey()).private;
  const agent = await serve(key);
  expect(await modes(agent)).toEqual([0o700, 0o600]);
  expect(agent.socketPath.length).toBeLessThan(100);
  expect(await modes(await serve(key, { isShared: true }))).toEqual([0o710, 0o660]);
});

test("noise on the socket ends that connection only", async () => {
  const agent = await serve((await makeKey()).private);
  for (const noise of ["ffffffffff00", "00000000", "0000000113", "000000051b000000ff"]) {
    const socket = connect(agent.socketPath);
    socket.end(Buffer.from(noise, "hex")).resume();
    await once(socket, "close");
  }
  expect((await openssh(agent, "ssh-add", ["-l"])).code).toBe(0);
});

test("the socket is gone after the signal or close, and close may come twice", async () => {
  const agent = await serve((await makeKey()).private);
  stop.abort();
  await agent.close();
  await agent.close();
  await expect(access(dirname(agent.socketPath))).rejects.toThrow("ENOENT");
});

test("what is not a private key is refused", async () => {
  await expect(serve((await makeKey()).public)).rejects.toMatchObject({ code: "missing_requirement" });
});

test("numbers and texts of the protocol are read as they are written", () => {
  const reader = new WireReader(Buffer.concat([wireString("ä"), wireNumber(7)]));
  expect([reader.string().toString(), reader.number(), reader.isAtEnd()]).toEqual(["ä", 7, true]);
  expect(() => reader.byte()).toThrow(RangeError);
});
