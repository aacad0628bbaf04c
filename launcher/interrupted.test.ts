import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bareEnvironment, type Checkout, makeCheckout } from "./testing/checkout.ts";

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

test.each(["SIGTERM", "SIGINT"] as const)(
  "a question to a model that is ended by %s says so, without a stack",
  async (signal) => {
    await using stack = new AsyncDisposableStack();
    const asked = Promise.withResolvers<void>();
    const server = createServer((request, response) => {
      if (request.method === "POST") return asked.resolve();
      response.end(JSON.stringify({ data: [{ id: "slow" }] }));
    }).listen(0, "127.0.0.1");
    stack.defer(() => server.closeAllConnections());
    stack.defer(() => void server.close());
    await once(server, "listening");
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const child = spawn(process.execPath, ["launcher/main.ts", "doctor", "--model", "--yes"], {
      cwd: checkout.directory,
      env: { ...bareEnvironment, OPENAI_API_KEY: "k-of-the-test", OPENAI_API_BASE: base, LLM_MODEL: "slow" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [stderr] = await Promise.all([
      text(child.stderr),
      once(child, "exit"),
      asked.promise.then(() => child.kill(signal)),
    ]);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe("minilab: interrupted");
    expect(stderr).not.toContain("    at ");
    expect(child.exitCode).toBe(1);
  },
);
