import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Guest } from "../../base/guests.ts";
import { createRedactor } from "../../redact/redact.ts";
import { type RealSshd, startRealSshd } from "../../testing/real-sshd.ts";
import { type KeyPair, makeKey, startTestNode, type TestNode } from "../../testing/ssh-server.ts";
import { testCall } from "../../testing/workspace.ts";
import { fetchPage } from "../web/fetch-page.ts";
import { createGuard, type Guard } from "./guest-guard.ts";
import { createNodePool } from "./node-pool.ts";
import type { NodePool } from "./ssh.ts";

let directory: string;
let nodeKey: KeyPair;
let guestKey: KeyPair;
let node: RealSshd;
let guest: TestNode;
let named: Guest[];
let notices: string[];
const pools: NodePool[] = [];

/** Everything here is on loopback, where no guest may be: what judges addresses stands aside unless a test puts it in. */
const anywhere: Guard = async () => undefined;
const signal = AbortSignal.timeout(60_000);
const newCall = () => ({ timeoutMs: 20_000, call: testCall({ signal }) });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "guests-"));
  [nodeKey, guestKey] = [await makeKey(), await makeKey()];
  notices = [];
  node = await startRealSshd(nodeKey.public);
  guest = await startTestNode({
    name: "web1",
    authorized: guestKey.public,
    hostKey: (await makeKey()).private,
  });
  named = [{ ...guest.address, user: "debian", since: 1 }];
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  await guest.close();
  await node.close();
  await rm(directory, { recursive: true });
});

function poolWith({
  guard = anywhere,
  privateKey = () => guestKey.private as string | undefined,
} = {}): NodePool {
  const pool = createNodePool({
    ...{ nodes: [node.address], user: node.user, privateKey: nodeKey.private },
    guests: { read: async () => named, guard, privateKey, knownGuestsFile: join(directory, "known_guests") },
    knownNodesFile: join(directory, "known_nodes"),
    onNotice: (text) => notices.push(text),
    artifacts: { directory, visibleDirectory: "/app/docs/tool_output" },
    redactor: createRedactor([]),
  });
  pools.push(pool);
  return pool;
}

const said = async (pool: NodePool) => (await pool.exec("web1", "echo in the guest", newCall())).stdout.text;

test("a guest is reached straight, with the guests' key, and its host key is pinned and announced (R40)", async () => {
  const pool = poolWith();
  expect(await said(pool)).toBe("in the guest\n");
  expect(notices.join()).toContain("First contact with web1");
  expect(await readFile(join(directory, "known_guests"), "utf8")).toMatch(
    /^web1\+1\+\[127\.0\.0\.1\]:\d+ ssh-ed25519 /,
  );
});

test("a guest is reached through its node alone, over the agent's own connection to that (R40)", async () => {
  named = [{ ...guest.address, user: "root", since: 1, via: "pve1" }];
  expect(await said(poolWith())).toBe("in the guest\n");
  await node.reload("AllowTcpForwarding no");
  await expect(said(poolWith())).rejects.toThrow(/its node does not lead to 127\.0\.0\.1:/);
});

test("the nodes' key opens no guest, and the guests' key no node (R40)", async () => {
  await expect(said(poolWith({ privateKey: () => nodeKey.private }))).rejects.toThrow(/cannot be reached/);
  await expect(said(poolWith({ privateKey: () => undefined }))).rejects.toThrow(/no key for guests/);
  named = [{ ...node.address, name: "web1", user: node.user, since: 1 }];
  await expect(said(poolWith())).rejects.toThrow(/cannot be reached/);
});

test("a guest with another host key is refused; one that was removed and named again is another (R40)", async () => {
  expect(await said(poolWith())).toBe("in the guest\n");
  const { port } = guest.address;
  await guest.close();
  const hostKey = (await makeKey()).private;
  guest = await startTestNode({ name: "web1", authorized: guestKey.public, hostKey, port });
  const pool = poolWith();
  await expect(said(pool)).rejects.toThrow(/host key of web1 .* is not the pinned one/);
  const known = named;
  named = [];
  await expect(said(pool)).rejects.toThrow(/"web1" is not a node of the inventory, and no guest/);
  named = known.map((one) => ({ ...one, since: 2 }));
  expect(await said(pool)).toBe("in the guest\n");
});

test("an open connection is not used for another guest that has got the name (R40)", async () => {
  const pool = poolWith();
  await said(pool);
  const hostKey = (await makeKey()).private;
  const other = await startTestNode({ name: "web1", authorized: guestKey.public, hostKey });
  named = [{ ...other.address, user: "root", since: 2 }];
  await said(pool);
  expect([guest.connections(), other.connections()]).toEqual([1, 1]);
  await other.close();
});

test("an address that is a node's, ours, Redis' or outside is refused before anything is sent (R40)", async () => {
  const networks = [{ address: "192.168.10.0", bits: 24, family: "ipv4" }] as const;
  const own = [{ host: "192.168.10.7", what: "the team's Redis" }];
  const pool = poolWith({ guard: createGuard({ nodes: [node.address], networks, own }) });
  const refused = { "127.0.0.1": "loopback", "192.168.10.7": "the team's Redis", "192.168.11.9": "outside" };
  for (const [host, why] of Object.entries(refused)) {
    named = [{ ...guest.address, host, user: "root", since: 1 }];
    await expect(said(pool), host).rejects.toThrow(why);
    expect((await pool.guests(signal)).problems.join()).toContain(why);
  }
  expect(guest.connections()).toBe(0);
});

test("what the nodes say is nobody's to be a guest at, and while no node says anything nobody is one", async () => {
  const told: string[] = [];
  const guard: Guard = async (_, __, addresses) => void told.push(...addresses.map(({ what }) => what));
  await said(poolWith({ guard }));
  expect(told).toContain("the team's own place, as the nodes see it");
  await node.close();
  await expect(said(poolWith({ guard }))).rejects.toThrow(/No node answers/);
});

test("a page of a guest is read by its name and its address, through its node too (R40)", async () => {
  const server = createServer((_, response) =>
    response.setHeader("content-type", "text/plain").end("it works"),
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  named = [{ ...guest.address, user: "root", since: 1, via: "pve1" }];
  const pool = poolWith();
  const { hosts } = await pool.guests(signal);
  const guests = hosts.map(({ name, host }) => ({
    ...{ name, host },
    open: (to: number, limit: AbortSignal) => pool.openSocket(name, to, limit),
  }));
  for (const host of ["web1", "127.0.0.1"])
    expect(await fetchPage(`http://${host}:${port}/`, { nodes: [], guests, signal })).toMatchObject({
      text: "it works",
    });
  await expect(fetchPage(`http://127.0.0.1:${port}/`, { nodes: [], signal })).rejects.toThrow(
    /private or local/,
  );
  server.close();
});
