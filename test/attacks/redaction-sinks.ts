/** Everything by which a text leaves an agent or the console, each as a function: what goes in, what comes out. */
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { NO_OUTPUT } from "../../agents/host/commands/capture.ts";
import { createLogger } from "../../agents/redact/log.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import { redacted, rewrite } from "../../agents/redact/redacted.ts";
import { redactJson } from "../../agents/redact/redacted-json.ts";
import { ActivityReporter } from "../../agents/runtime/activity.ts";
import { reportCalls } from "../../agents/runtime/call-report.ts";
import type { ToolCall, TurnListener } from "../../agents/runtime/events.ts";
import { createExecutionLog } from "../../agents/runtime/execution-log.ts";
import { tellUnknown, thinkAloud } from "../../agents/runtime/listeners.ts";
import { createModel, type ModelMessage } from "../../agents/runtime/model.ts";
import { recordOf } from "../../agents/runtime/recorded-reply.ts";
import { createMemoryBus } from "../../agents/testing/memory-bus.ts";
import { startModelServer } from "../../agents/testing/model-server.ts";
import { toToolResult } from "../../agents/tools/command-result.ts";
import { toEntry } from "../../client/entry.ts";
import { renderForTerminal } from "../../client/render.ts";
import { Transcript } from "../../client/transcript.ts";

export type SinkWorld = {
  redactor: Redactor;
  layer: string;
  secrets: readonly string[];
  directory: string;
  signal: AbortSignal;
};
/** Gets all texts of one secret, and gives what came out for each of them, in this order. */
export type Sink = (texts: readonly string[], world: SinkWorld) => Promise<string[]>;

const ROLE = "QA_Tester";
const TIMESTAMP = "2026-01-01T00:00:00.000Z";

export const SINKS: Readonly<Record<string, Sink>> = {
  "tool result": each((text, { redactor, directory }) => {
    const output = { ...NO_OUTPUT, text: redactor(text), totalBytes: text.length };
    const command = { kind: "exited", exitCode: 0, signalName: null, durationMs: 0 } as const;
    const artifacts = { directory, visibleDirectory: "/app/docs" };
    return JSON.stringify(toToolResult({ ...command, stdout: output, stderr: output }, { artifacts }));
  }),
  journal,
  console: each((text, { redactor }) => {
    const entry = toEntry({ kind: "notice", source: ROLE, content: redactor(text), timestamp: TIMESTAMP });
    return entry ? renderForTerminal(entry, 8_000) : "";
  }),
  "execution log": executionLog,
  "process log": processLog,
  prompt,
  channel: shown((bus) => [thinkAloud(bus, ROLE), tellUnknown(bus, ROLE)]),
  "status line": shown((bus) => {
    const activity = new ActivityReporter({ bus, role: ROLE, queued: () => 0 });
    activity.close();
    return [activity.listener];
  }),
  "tool call line": shown((bus) => [reportCalls(bus, ROLE)]),
  "console's log": consoleLog,
};

function each(sink: (text: string, world: SinkWorld) => string): Sink {
  return async (texts, world) => texts.map((text) => sink(text, world));
}

function shown(listeners: (bus: ReturnType<typeof createMemoryBus>) => TurnListener[]): Sink {
  return async (texts, { redactor }) => {
    const bus = createMemoryBus();
    const heard: string[] = [];
    bus.watch((event) => heard.push(JSON.stringify(event)));
    const hear = listeners(bus);
    const results: string[] = [];
    for (const text of texts) {
      heard.length = 0;
      for (const listener of hear) tellEverything(listener, redactor, text);
      await setImmediate();
      results.push(heard.join("\n"));
    }
    await bus.close();
    return results;
  };
}

/** An event of each kind that carries words of a model, a tool or an endpoint. */
function tellEverything(listener: TurnListener, redactor: Redactor, raw: string): void {
  const text = redactor(raw);
  const { value: args } = redactJson(redactor, { text: raw });
  const call: ToolCall = { id: "1.1", step: 1, tool: text, target: text, args, effect: "read" };
  const result = { kind: "unknown", exitCode: null, stdout: text, stderr: text } as const;
  listener({ kind: "thought", text });
  listener({ kind: "model_waiting", reason: text, delayMs: 1 });
  listener({ kind: "tool_started", call });
  const rest = { truncated: false, artifact: null };
  listener({ kind: "tool_ended", call, result: { ...result, ...rest }, durationMs: 1 });
}

async function executionLog(texts: readonly string[], { redactor, directory }: SinkWorld): Promise<string[]> {
  const file = join(directory, "execution_log.md");
  const results: string[] = [];
  for (const text of texts) {
    const log = createExecutionLog(file, createLogger({ name: "x", level: "silent", redactor }));
    tellEverything(log, redactor, text);
    tellEverything(log, redactor, `${"x".repeat(8_000 - Math.floor(text.length / 2))}${text}`);
    results.push(await readFile(file, "utf8"));
    await rm(file);
  }
  return results;
}

async function processLog(
  texts: readonly string[],
  { layer, secrets, signal }: SinkWorld,
): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const program = [join(import.meta.dirname, "./redaction-log.ts"), layer, JSON.stringify(secrets)];
  const child = execFile(process.execPath, program, { signal, maxBuffer: 2 ** 26 }, (error, _, stderr) =>
    error ? reject(error) : resolve(stderr),
  );
  child.stdin?.end(texts.map((text, index) => `@@${index}@@${text}`).join("\n"));
  return partsOf(await promise, texts.length);
}

/** One request with everything in it, in the place of every kind of message. */
async function prompt(texts: readonly string[], { redactor, signal }: SinkWorld): Promise<string[]> {
  const server = await startModelServer(() => ({ text: "ok" }));
  try {
    const messages = texts.flatMap((raw, index): ModelMessage[] => {
      const text = redactor(raw);
      const { value: args } = redactJson(redactor, { text: raw });
      return [
        { role: "system", content: text },
        { role: "user", content: rewrite(text, (it) => JSON.stringify({ text: it })) },
        { role: "assistant", text, calls: [{ id: `${index}.1`, tool: text, args }] },
        { role: "tool", callId: `${index}`, tool: text, content: text },
      ];
    });
    const model = modelAt(server.url, redactor);
    await model.ask(messages, { step: 1, signal, onWait: () => {} });
    const sent = server.requests[0]?.messages ?? [];
    return texts.map((_, index) => JSON.stringify(sent.slice(4 * index, 4 * index + 4)));
  } finally {
    await server.close();
  }
}

/** What a model says, taken in by the product's own client of it. */
async function journal(texts: readonly string[], { redactor, signal }: SinkWorld): Promise<string[]> {
  let text = "";
  const server = await startModelServer(() => ({ text, calls: [{ tool: text, args: { a: [text] } }] }));
  const ask = { step: 1, signal, onWait: () => {} };
  const records: string[] = [];
  try {
    for (text of texts) {
      const reply = await modelAt(server.url, redactor).ask([{ role: "user", content: redacted`?` }], ask);
      records.push(JSON.stringify(recordOf(reply)));
    }
    return records;
  } finally {
    await server.close();
  }
}

function modelAt(baseUrl: string, redactor: Redactor) {
  const about = { apiKey: "k", model: "m", reasoningEffort: undefined, cacheKey: "x", redactor };
  return createModel({ baseUrl, ...about, maxOutputTokens: 256, timeoutMs: 60_000, tools: [] });
}

async function consoleLog(texts: readonly string[], { redactor, directory }: SinkWorld): Promise<string[]> {
  const transcript = new Transcript(join(directory, "logs"), new Date(TIMESTAMP));
  for (const [index, text] of texts.entries()) {
    const content = redactor(`@@${index}@@${text}`);
    const entry = toEntry({ kind: "thought", role: ROLE, content, timestamp: TIMESTAMP });
    if (entry) transcript.record(entry);
  }
  await transcript.close();
  const plain = partsOf(await readFile(transcript.path, "utf8"), texts.length);
  const records = partsOf(await readFile(transcript.path.replace(/log$/, "jsonl"), "utf8"), texts.length);
  await rm(join(directory, "logs"), { recursive: true });
  return plain.map((part, index) => part + records[index]);
}

/** What stands behind each mark, wherever it stands again. */
function partsOf(output: string, count: number): string[] {
  const parts = Array.from({ length: count }, () => "");
  for (const [, index, text] of output.matchAll(/@@(\d+)@@([\s\S]*?)(?=@@\d+@@|$)/g))
    parts[Number(index)] += `${text}\n`;
  return parts;
}
