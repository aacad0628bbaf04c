import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../base/config.ts";
import { createLogger } from "../redact/log.ts";
import { createRedactor } from "../redact/redact.ts";
import { redacted } from "../redact/redacted.ts";
import { act, hasTool, TestTeam, toolDoing } from "../testing/test-team.ts";
import { createTelemetry } from "./telemetry.ts";

type Value = { stringValue?: string; intValue?: string };
type Sent = {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Value }[];
  status: { code?: number };
};

const redactor = createRedactor(["hunter2hunter2"]);
let team: TestTeam;
let collector: Server;
let sent: Sent[];
let paths: string[];
let isHanging: boolean;
beforeEach(async () => {
  team = new TestTeam();
  [sent, paths, isHanging] = [[], [], false];
  collector = createServer(async (request, response) => {
    paths.push(`${request.method} ${request.url} ${request.headers["content-type"]}`);
    if (isHanging) return;
    let body = "";
    for await (const chunk of request) body += chunk;
    sent.push(...JSON.parse(body).resourceSpans[0].scopeSpans[0].spans);
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
});
afterEach(async () => {
  await team.stop();
  collector.closeAllConnections();
  collector.close();
});

function telemetryOf(settings: Record<string, string> = {}) {
  const { port } = collector.address() as AddressInfo;
  const config = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, ...settings });
  const log = createLogger({ name: "test", level: "silent", redactor });
  const endpoint = { model: redacted`m`, server: redacted`h:1` };
  return createTelemetry({ role: "DevOps_Builder", config, log, endpoint });
}

/** A turn of two model calls with a tool call between them. */
async function work(telemetry: ReturnType<typeof telemetryOf>): Promise<string> {
  const tool = toolDoing(async () => ({ kind: "failed", exitCode: 1, stdout: "it is hunter2hunter2" }));
  const agent = await team.start({
    ...{ role: "DevOps_Builder", tools: [tool], redactor, listeners: [telemetry.listener] },
    answer: (request) => (hasTool(request) ? { text: "done" } : act(1)),
  });
  const ended = agent.next((event) => event.kind === "turn_ended");
  const { session } = await team.say("User", ["DevOps_Builder"], "work");
  await ended;
  return session;
}

function attributesOf(span: Sent | undefined): Record<string, string | undefined> {
  const pairs = span?.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]) ?? [];
  return Object.fromEntries(pairs);
}

test("a turn, its model calls and its tool calls are spans with the names of the conventions", async () => {
  const telemetry = telemetryOf();
  const session = await work(telemetry);
  await telemetry.close();
  expect(new Set(paths)).toEqual(new Set(["POST /v1/traces application/json"]));
  expect(sent.map(({ name }) => name)).toEqual([
    ...["chat m", "execute_tool act", "chat m", "invoke_agent DevOps_Builder"],
  ]);
  const [chat, tool, , turn] = sent;
  expect(new Set(sent.map(({ traceId }) => traceId)).size).toBe(1);
  expect(turn?.parentSpanId).toBeUndefined();
  expect(sent.slice(0, 3).map(({ parentSpanId }) => parentSpanId)).toEqual(Array(3).fill(turn?.spanId));
  for (const span of sent) {
    expect([span.traceId, span.spanId].join()).toMatch(/^[0-9a-f]{32},[0-9a-f]{16}$/);
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  }
  expect(attributesOf(turn)).toMatchObject({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "DevOps_Builder",
    "gen_ai.conversation.id": session,
    "minilab.turn.status": "completed",
  });
  expect(attributesOf(chat)).toMatchObject({
    ...{ "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "server.address": "h:1" },
    ...{ "gen_ai.usage.input_tokens": "100", "gen_ai.usage.cache_read.input_tokens": "64" },
    "gen_ai.usage.output_tokens": "10",
  });
  expect(attributesOf(tool)).toEqual({
    ...{ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "act", "gen_ai.tool.type": "function" },
    ...{ "gen_ai.tool.call.id": "1.1", "error.type": "failed" },
  });
  expect([turn?.status, tool?.status.code, chat?.kind, tool?.kind]).toEqual([{}, 2, 3, 1]);
});

test("what was said and done is in them only when asked for, and redacted", async () => {
  const telemetry = telemetryOf({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true" });
  await work(telemetry);
  await telemetry.close();
  const tool = attributesOf(sent.find(({ name }) => name.startsWith("execute_tool")));
  expect(tool["gen_ai.tool.call.arguments"]).toBe('{"n":1}');
  expect(tool["gen_ai.tool.call.result"]).toContain("[failed exit 1]");
  expect(JSON.stringify(sent)).not.toContain("hunter2");
});

test("a collector that hangs, or that is not there, delays neither a turn nor the end", async () => {
  isHanging = true;
  const telemetry = telemetryOf();
  await work(telemetry);
  const began = performance.now();
  await telemetry.close();
  await telemetry.close();
  expect(performance.now() - began).toBeLessThan(2_000);
  const away = telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" });
  await work(away);
  await away.close();
  expect(sent).toEqual([]);
});

test("nothing of it is loaded unless a collector is set: no source names it but in a dynamic import", () => {
  const agents = join(import.meta.dirname, "..");
  const sources = globSync("**/*.ts", { cwd: agents, exclude: ["**/*.test.ts"] });
  const naming = sources.filter((file) =>
    /from "[^"]*\/telemetry\.ts"/.test(readFileSync(join(agents, file), "utf8")),
  );
  expect(naming).toEqual([]);
  expect(readFileSync(join(agents, "runtime/wiring.ts"), "utf8")).toContain('await import("./telemetry.ts")');
});
