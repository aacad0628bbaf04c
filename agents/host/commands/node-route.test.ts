import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRedactor } from "../../redact/redact.ts";
import { BROUGHT } from "../../testing/programs.ts";
import { startTestProxy, type TestProxy } from "../../testing/test-proxy.ts";
import { commandSpec, createTestWorkspace, type TestWorkspace } from "../../testing/workspace.ts";
import type { CommandSpec } from "./command.ts";
import { createCommandRunner } from "./command-runner.ts";
import { createSandbox } from "./sandbox.ts";

const KINDS = ["bubblewrap", "none"] as const;

let lab: TestWorkspace;
let server: Server;
let proxy: TestProxy;

beforeEach(async () => {
  lab = await createTestWorkspace();
  server = createServer((socket) => void socket.on("error", () => {}).end("HTTP/1.0 200 OK\r\n\r\nhello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy = await startTestProxy({
    "192.0.2.11:22": port(),
    "192.0.2.11:8006": port(),
    "[2001:db8::1]:80": port(),
  });
});
afterEach(async () => {
  server.close();
  proxy.close();
  await lab.remove();
});

const port = () => (server.address() as AddressInfo).port;
const nodes = () =>
  ["192.0.2.11", "2001:db8::1"].map((host) => ({ name: `n${host}`, host, port: 22, proxy: proxy.address }));

async function run(kind: (typeof KINDS)[number], script: string, changes: Partial<CommandSpec> = {}) {
  const sandbox = await createSandbox(kind, { workspace: lab.workspace, nodes: nodes() });
  const { artifacts, calls } = lab;
  const settings = { sandbox, artifacts, calls, permit: () => {}, redactor: createRedactor([]) };
  const runner = createCommandRunner({ ...settings, systemPath: BROUGHT.systemPath });
  const argv = ["bash", "-c", script] as const;
  return await runner.run(commandSpec({ argv, isolation: "networked", ...changes }));
}

const READ =
  "import socket,sys; print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).recv(99))";
const read = (host: string, at: number) => `python3 -c '${READ}' ${host} ${at}`;

test.each(KINDS)(
  "a command reaches a node by its own address, whatever it is written in (%s)",
  async (kind) => {
    const lines = [
      "curl -sS http://192.0.2.11:8006/", // does not wait in connect(2)
      "exec 3<>/dev/tcp/192.0.2.11/22; cat <&3; echo",
      read("192.0.2.11", 22),
      read("::ffff:192.0.2.11", 22),
      `python3 -c 'import threading,runpy; t = threading.Thread(target=exec, args=("""${READ}""",)); t.start(); t.join()' 192.0.2.11 22`,
    ];
    const result = await run(kind, lines.join("\n"));
    expect(result.stderr.text).toBe("");
    expect(result.stdout.text.match(/hello/g)).toHaveLength(lines.length);
    const asked = proxy.asked.map((target) => target.replace(/:\d+$/, ""));
    expect(new Set(asked)).toEqual(new Set(["192.0.2.11"]));
  },
);

test.each(KINDS)("the proxy is asked for nothing but a node (%s)", async (kind) => {
  const result = await run(
    kind,
    `exec 3<>/dev/tcp/127.0.0.1/${port()}; cat <&3; echo; curl -sm 1 http://192.0.2.12/`,
  );
  expect(result.stdout.text).toContain("hello"); // as without a proxy
  const nowhere = await run(kind, "exec 3<>/dev/tcp/192.0.2.11/443");
  expect(nowhere.stderr.text).toContain("Connection refused");
  expect(proxy.asked).toEqual(["192.0.2.11:443"]);
});

test("a command without a network has no way to a node either", async () => {
  const result = await run("bubblewrap", "exec 3<>/dev/tcp/192.0.2.11/22", { isolation: "workspace" });
  expect(result.exitCode).toBe(1);
  expect(proxy.asked).toEqual([]);
});

test.each(KINDS)("it ends as without a proxy: its code, its signal, its time, STOP (%s)", async (kind) => {
  expect(await run(kind, "exit 3")).toMatchObject({ kind: "exited", exitCode: 3 });
  if (kind === "none") expect(await run(kind, "kill -9 $$")).toMatchObject({ signalName: "SIGKILL" });
  expect(await run(kind, "sleep 60", { timeoutMs: 500 })).toMatchObject({ kind: "timeout" });
  const stop = new AbortController();
  const script = `trap 'echo ended; exit' TERM; : > up-${kind}; sleep 60 & wait`;
  const stopped = run(kind, script, { signal: stop.signal, graceMs: 10_000 });
  await expect
    .poll(() => existsSync(join(lab.workspace["/app/infra"], `up-${kind}`)), { timeout: 10_000 })
    .toBe(true);
  stop.abort();
  expect(await stopped).toMatchObject({ kind: "cancelled" });
  expect((await stopped).stdout.text).toBe("ended\n");
});

test("a container's commands are not led: it is said at the start", async () => {
  const container = createSandbox("container", { workspace: lab.workspace, nodes: nodes() });
  await expect(container).rejects.toMatchObject({ code: "bad_config" });
});
