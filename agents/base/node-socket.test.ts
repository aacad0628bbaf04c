import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestProxy, type TestProxy } from "../testing/test-proxy.ts";
import { openNodeSocket } from "./node-socket.ts";

const signal = AbortSignal.timeout(20_000);
let node: Server;
let proxy: TestProxy;

beforeEach(async () => {
  node = createServer((socket) => void socket.on("error", () => {}).end("hello")).listen(0, "127.0.0.1");
  await once(node, "listening");
  proxy = await startTestProxy({ "192.0.2.11:22": port(), "[2001:db8::1]:8006": port() });
});
afterEach(() => {
  node.close();
  proxy.close();
});

const port = () => (node.address() as AddressInfo).port;
const pve1 = () => ({ name: "pve1", host: "192.0.2.11", port: 22, proxy: proxy.address });

test("a node is reached straight, or by its proxy under its own address and port", async () => {
  const straight = await openNodeSocket({ name: "pve1", host: "127.0.0.1", port: port() }, { signal });
  expect(await straight.toArray()).toEqual([Buffer.from("hello")]);
  const through = await openNodeSocket(pve1(), { signal });
  expect(String(Buffer.concat(await through.toArray()))).toBe("hello");
  const six = await openNodeSocket({ ...pve1(), host: "2001:db8::1" }, { port: 8006, signal });
  expect(String(Buffer.concat(await six.toArray()))).toBe("hello");
  expect(proxy.asked).toEqual(["192.0.2.11:22", "[2001:db8::1]:8006"]);
});

test("what a node says together with the answer of the proxy is not lost", async () => {
  const eager = createServer((socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x")).listen(0);
  await once(eager, "listening");
  const address = { host: "127.0.0.1", port: (eager.address() as AddressInfo).port };
  const socket = await openNodeSocket({ ...pve1(), proxy: address }, { signal });
  expect(String(Buffer.concat(await socket.toArray()))).toBe("SSH-2.0-x");
  eager.close();
});

test("a proxy that refuses, is away or is silent is no connection", async () => {
  const refused = openNodeSocket(pve1(), { port: 80, signal });
  await expect(refused).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("403"),
  });
  proxy.close();
  const away = openNodeSocket(pve1(), { signal });
  await expect(away).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("PROXMOX_PROXY"),
  });
  const silent = createServer(() => {}).listen(0);
  await once(silent, "listening");
  const address = { host: "127.0.0.1", port: (silent.address() as AddressInfo).port };
  const waits = openNodeSocket({ ...pve1(), proxy: address }, { signal: AbortSignal.timeout(50) });
  await expect(waits).rejects.toMatchObject({ name: "AbortError" });
  silent.close();
});
