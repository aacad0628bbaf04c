import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAppError } from "../../base/errors.ts";
import { createRedactor } from "../../redact/redact.ts";
import { running } from "../../testing/infra-bench.ts";
import { type KeyPair, makeKey, startTestNode, type TestNode } from "../../testing/ssh-server.ts";
import { startTestProxy } from "../../testing/test-proxy.ts";
import { testCall } from "../../testing/workspace.ts";
import { createNodePool } from "./node-pool.ts";
import type { NodePool } from "./ssh.ts";

/** Longer than a quick command takes from its start to its end. */
const GATHER_MS = 100;

let directory: string;
let key: KeyPair;
let node: TestNode;
let pool: NodePool;
let notices: string[];

const newCall = (timeoutMs = 20_000, signal?: AbortSignal) => ({ timeoutMs, call: testCall({ signal }) });

function poolOf(nodes: TestNode[], privateKey: string | undefined = key.private): NodePool {
  return createNodePool({
    nodes: nodes.map(({ address }) => address),
    user: "root",
    privateKey,
    knownNodesFile: join(directory, "known_nodes"),
    onNotice: (text) => notices.push(text),
    artifacts: { directory, visibleDirectory: "/app/docs/tool_output" },
    redactor: createRedactor([]),
  });
}

/** A command line that no other test run has. */
const uniqueSleep = (n: number) => `sleep ${n}00.${process.pid}`;

/** Processes of this machine with the call's mark: the test node runs its commands here. */
function survivors(callId: string): string {
  return execFileSync("bash", [
    "-c",
    `grep -lszFx "MINILAB_CALL=$1" /proc/[0-9]*/environ || true`,
    "-",
    callId,
  ])
    .toString()
    .trim();
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pool-"));
  key = await makeKey();
  notices = [];
  node = await startTestNode({ name: "pve1", authorized: key.public, hostKey: (await makeKey()).private });
  pool = poolOf([node]);
});

afterEach(async () => {
  await pool.close();
  await node.close();
  await rm(directory, { recursive: true, force: true });
});

test("exit code, signal and both outputs of a remote command come back (F43)", async () => {
  const result = await pool.exec("pve1", "echo out; echo err >&2; exit 3", newCall());
  expect(result).toMatchObject({ kind: "exited", exitCode: 3, signalName: null });
  expect([result.stdout.text, result.stderr.text]).toEqual(["out\n", "err\n"]);
  const killed = await pool.exec("pve1", "kill -TERM $$", newCall());
  expect(killed).toMatchObject({ kind: "exited", exitCode: null, signalName: "SIGTERM" });
});

test("a quick command's end is heard, though all about it comes in one packet (F43)", async () => {
  const proxy = await gatheringProxy(node.address.port);
  const near = poolOf([{ ...node, address: { ...node.address, port: proxy.port } }]);
  expect(await near.exec("pve1", "exit 3", newCall())).toMatchObject({ kind: "exited", exitCode: 3 });
  const call = newCall();
  await expect.poll(() => near.end("pve1", call.call.id), { timeout: 20_000 }).toBe(true); // as the agent tries again
  await near.close();
  proxy.close();
});

/** Hands on what a node says only when it has said nothing more for a while, all at once. */
async function gatheringProxy(port: number): Promise<{ port: number; close(): void }> {
  const proxy = createServer((socket) => {
    const upstream = connect(port, "127.0.0.1");
    let waiting: Buffer[] = [];
    let silence: NodeJS.Timeout | undefined;
    const handOn = () => {
      socket.write(Buffer.concat(waiting));
      waiting = [];
    };
    upstream.on("data", (chunk) => {
      waiting.push(chunk);
      clearTimeout(silence);
      silence = setTimeout(handOn, GATHER_MS);
    });
    upstream.on("close", () => socket.destroy());
    socket.on("error", () => {}).pipe(upstream);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return { port: (proxy.address() as AddressInfo).port, close: () => proxy.close() };
}

test("a failing stage of a pipe fails the command (F53)", async () => {
  expect(await pool.exec("pve1", "false | cat", newCall())).toMatchObject({ exitCode: 1 });
});

test("the command arrives as written, whatever it contains", async () => {
  const text = `it's "$HOME" \\n \`id\` $(id) ; & é \n second line`;
  const command = `cat <<'EOF'\n${text}\nEOF`;
  expect((await pool.exec("pve1", command, newCall())).stdout.text).toBe(`${text}\n`);
});

test("standard input is closed, so that a question does not hang", async () => {
  expect(await pool.exec("pve1", "read answer", newCall())).toMatchObject({ kind: "exited", exitCode: 1 });
});

test("one connection serves many commands, and a broken one is made again", async () => {
  await Promise.all([1, 2, 3].map(() => pool.exec("pve1", "true", newCall())));
  expect(node.connections()).toBe(1);
  const lost = pool.exec("pve1", `echo started; ${uniqueSleep(7)}`, newCall());
  await expect.poll(() => node.commands.length, { timeout: 10_000 }).toBe(4);
  node.drop();
  expect((await lost).kind).toBe("lost");
  expect(await pool.exec("pve1", "true", newCall())).toMatchObject({ kind: "exited", exitCode: 0 });
  expect(node.connections()).toBeGreaterThan(1); // once more on a machine too busy to answer the end in time
});

test("a connection that broke is made again, though the node never closes its end (F51)", async () => {
  const proxy = await spoilingProxy(node.address.port);
  const near = poolOf([{ ...node, address: { ...node.address, port: proxy.port } }]);
  try {
    expect(await near.exec("pve1", "true", newCall())).toMatchObject({ kind: "exited", exitCode: 0 });
    proxy.spoil();
    const again = () => near.exec("pve1", "true", newCall()).catch(String);
    await expect.poll(again, { timeout: 10_000 }).toMatchObject({ kind: "exited", exitCode: 0 });
  } finally {
    proxy.close();
    await near.close();
  }
});

/** Can say to the client what no SSH server says; then it is silent on that connection, and holds it open. */
async function spoilingProxy(port: number): Promise<{ port: number; spoil(): void; close(): void }> {
  const clients = new Set<Socket>(); // and what each goes on to
  const proxy = createServer({ allowHalfOpen: true }, (socket) => {
    const upstream = connect(port, "127.0.0.1");
    clients.add(socket).add(upstream);
    socket.on("error", () => {}).pipe(upstream);
    upstream.on("error", () => {}).pipe(socket, { end: false });
    socket.once("spoil", () => upstream.unpipe(socket));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    spoil() {
      for (const socket of clients) {
        if (socket.emit("spoil")) socket.write(Buffer.alloc(64, 0xff));
      }
    },
    close() {
      for (const socket of clients) socket.destroy();
      proxy.close();
    },
  };
}

test("a command whose connection broke before the node said that it runs may run: lost, and ended (F51)", async () => {
  await node.close();
  const port = node.address.port;
  const isCutOff = (command: string) => command.includes(uniqueSleep(7));
  const hostKey = (await makeKey()).private;
  node = await startTestNode({ name: "pve1", authorized: key.public, hostKey, port, isCutOff });
  const call = newCall();
  const result = await pool.exec("pve1", uniqueSleep(7), call);
  expect(result).toMatchObject({ kind: "lost", exitCode: null, isLeft: false });
  expect(node.commands).toHaveLength(2); // itself, and its end over a new connection
  expect(survivors(call.call.id)).toBe("");
});

test("a timeout ends everything that the command started on the node (F51)", async () => {
  const call = newCall(1_500);
  const [a, b, c, d] = [1, 2, 3, 4].map(uniqueSleep);
  const script = `trap '' TERM INT HUP; setsid ${a} & (${b} &) ; env -i ${c} & echo up; ${d}`;
  const result = await pool.exec("pve1", script, call);
  expect(result).toMatchObject({ kind: "timeout", exitCode: null });
  expect(result.stdout.text).toBe("up\n");
  expect(survivors(call.call.id)).toBe("");
  expect([a, b, c, d].flatMap((line) => running(String(line)))).toEqual([]);
});

test("a cancelled command is gone from the node, also after exec env -i (F10)", async () => {
  for (const script of [uniqueSleep(5), `exec env -i ${uniqueSleep(5)}`]) {
    const stop = new AbortController();
    const call = newCall(20_000, stop.signal);
    const result = pool.exec("pve1", script, call);
    await expect
      .poll(() => node.commands.filter((line) => line.includes(call.call.id)).length, { timeout: 10_000 })
      .toBe(1);
    stop.abort();
    expect(await result).toMatchObject({ kind: "cancelled", exitCode: null });
    // a busy node may confirm it too late to be waited for
    await expect.poll(() => running(uniqueSleep(5)), { timeout: 10_000 }).toEqual([]);
  }
});

test("a background process that holds the output does not hold the call", async () => {
  const result = await pool.exec("pve1", `${uniqueSleep(6)} & echo done`, newCall());
  expect(result).toMatchObject({ kind: "exited", exitCode: 0 });
  expect(result.stdout.text).toBe("done\n");
});

test("long output is cut in the middle and complete in its file", async () => {
  const result = await pool.exec("pve1", "seq 1 200000; seq 1 200000 >&2", newCall());
  expect(result.stdout.truncated).toBe(true);
  expect(result.stdout.text.startsWith("1\n2\n")).toBe(true);
  expect(result.stdout.text.endsWith("200000\n")).toBe(true);
  expect((await readFile(String(result.stdout.file), "utf8")).split("\n").length).toBe(200_001);
  expect(result.stderr.totalBytes).toBe(result.stdout.totalBytes);
});

test("the first contact is recorded and announced, and ssh-keygen reads the file (F65)", async () => {
  await pool.exec("pve1", "true", newCall());
  const { host, port } = node.address;
  const found = execFileSync("ssh-keygen", [
    "-F",
    `[${host}]:${port}`,
    "-lf",
    join(directory, "known_nodes"),
  ]);
  const print = /SHA256:\S+/.exec(found.toString())?.[0];
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain(print);
});

test("behind a proxy a node is known by its own address and port", async () => {
  const proxy = await startTestProxy({ "192.0.2.11:22": node.address.port });
  const address = { name: "pve1", host: "192.0.2.11", port: 22, proxy: proxy.address };
  const behind = poolOf([{ ...node, address }]);
  expect((await behind.exec("pve1", "echo here", newCall())).stdout.text).toBe("here\n");
  expect(await readFile(join(directory, "known_nodes"), "utf8")).toMatch(/^pve1,192\.0\.2\.11 ssh-/);
  proxy.close();
  await behind.close();
  const away = poolOf([{ ...node, address }]);
  await expect(away.exec("pve1", "true", newCall())).rejects.toMatchObject({ code: "unavailable" });
});

test("a changed host key is refused with both fingerprints, and the file stays as it was (F65)", async () => {
  await pool.exec("pve1", "true", newCall());
  const file = join(directory, "known_nodes");
  const before = await readFile(file, "utf8");
  await node.close();
  await pool.close();
  const { port } = node.address;
  node = await startTestNode({
    name: "pve1",
    authorized: key.public,
    hostKey: (await makeKey()).private,
    port,
  });
  pool = poolOf([node]);
  const error = await pool.exec("pve1", "true", newCall()).catch((caught: unknown) => caught);
  expect(isAppError(error, "not_allowed")).toBe(true);
  const prints = new Set(String(error).match(/SHA256:[A-Za-z0-9+/]{43}/g));
  expect(prints.size).toBe(2);
  expect(String(error)).toContain(file);
  expect(await readFile(file, "utf8")).toBe(before);
  expect(node.commands).toEqual([]);
});

test("a line of the pinned file that cannot be read is an error, never skipped", async () => {
  await writeFile(join(directory, "known_nodes"), "|1|aGFzaA==|aGFzaA== ssh-ed25519 AAAA\n");
  await expect(pool.exec("pve1", "true", newCall())).rejects.toMatchObject({ code: "bad_config" });
});

test("a host outside of the inventory is refused with the names that are in it (F66)", async () => {
  await expect(pool.exec("127.0.0.1", "true", newCall())).rejects.toThrow(/not a node.*pve1/);
});

test("a missing key, a wrong key and an absent node are said plainly", async () => {
  const without = poolOf([node], "");
  await expect(without.exec("pve1", "true", newCall())).rejects.toMatchObject({
    code: "missing_requirement",
  });
  const stranger = poolOf([node], (await makeKey()).private);
  await expect(stranger.exec("pve1", "true", newCall())).rejects.toMatchObject({ code: "unavailable" });
  await node.close();
  await expect(pool.exec("pve1", "true", newCall())).rejects.toMatchObject({ code: "unavailable" });
});
