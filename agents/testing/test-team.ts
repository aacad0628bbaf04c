/** A team in the test's own process, over the memory bus, and a tool that does what the test says. */
import { z } from "zod";
import type { Bus, LiveEvent } from "../bus/bus.ts";
import { type Message, parseJson } from "../protocol/message.ts";
import type { Role, Sender } from "../protocol/roles.ts";
import { redacted } from "../redact/redacted.ts";
import type { Tool, ToolContext, ToolResult } from "../tools/tool.ts";
import { draft, nextEvent } from "./bus-contract.ts";
import { createMemoryBus } from "./memory-bus.ts";
import { type ModelAnswer, type ModelRequest, unjoined } from "./model-server.ts";
import { startTestAgent, type TestAgent, type TestAgentOptions } from "./test-agent.ts";

export const signal: AbortSignal = new AbortController().signal;

export class TestTeam {
  readonly bus: Bus = createMemoryBus();
  readonly #agents: TestAgent[] = [];

  async start(options: Omit<TestAgentOptions, "bus">): Promise<TestAgent> {
    const agent = await startTestAgent({ bus: this.bus, ...options });
    this.#agents.push(agent);
    return agent;
  }

  say(sender: Sender, to: Role[], content: string): Promise<Message> {
    return this.bus.send(draft(sender, to, content), { signal });
  }

  /** The next message of a sender, counted from now. */
  saidBy(sender: Sender): Promise<Message> {
    const isTheirs = (event: LiveEvent) => event.kind === "message" && event.sender === sender && !event.fact;
    return nextEvent(this.bus, isTheirs) as Promise<Message>;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
  }
}

/** What a command says, as it comes in. */
type Doing = Partial<Omit<ToolResult, "stdout">> & { stdout?: string };

function shown({ stdout = "", ...result }: Doing, { redactor }: ToolContext): Partial<ToolResult> {
  return { ...result, stdout: redactor(stdout) };
}

/** A tool named `act` that changes infrastructure, with what the test does in its place. */
export function toolDoing(run: (args: { n: number }, context: ToolContext) => Promise<Doing>): Tool {
  return {
    name: "act",
    description: "Acts.",
    input: z.strictObject({ n: z.number() }),
    effect: () => "infrastructure",
    target: () => "thing",
    run: async (args, context) => ({
      ...{
        kind: "ok",
        exitCode: 0,
        stdout: redacted``,
        stderr: redacted``,
        truncated: false,
        artifact: null,
      },
      ...shown(await run(args as { n: number }, context), context),
    }),
  };
}

export function act(n: unknown): ModelAnswer {
  return { calls: [{ tool: "act", args: { n } }] };
}

export async function afterwards(event: unknown): Promise<Partial<ToolResult>> {
  await event;
  return {};
}

/** A result in the turn at work: those of earlier turns stand before its task. */
export function hasTool(request: ModelRequest): boolean {
  return resultsIn(request).length > 0;
}

/** The results of the turn at work. */
export function resultsIn(request: ModelRequest): ModelRequest["messages"] {
  return turnAtWork(request).messages.filter(({ role }) => role === "tool");
}

export function lastOf(request: ModelRequest | undefined): string {
  return request?.messages.at(-1)?.content ?? "";
}

/** The text of the last message that the turn is about, also when tool results follow it. */
export function askedIn(request: ModelRequest): string {
  return tasksIn(request).at(-1) ?? "";
}

/** The texts of all messages that the turn is about. */
export function tasksIn(request: ModelRequest): string[] {
  const said = linesOf(turnAtWork(request)).filter(({ from }) => from !== undefined);
  const tasks = said.filter(({ task }) => task === true);
  return (tasks.length > 0 ? tasks : said.slice(-1)).map(({ text }) => text);
}

/** What stands behind the last reply that a new line of the channel follows, or behind a turn that was cut off. */
export function turnAtWork(request: ModelRequest): ModelRequest {
  const messages = unjoined(request.messages);
  const lines = messages.map(
    ({ role, content }) => (role === "user" ? parseJson(content) : undefined) as Line | undefined,
  );
  const opens = (at: number) =>
    lines.slice(at + 1).some((line) => line && !line.note && (line.from ?? line.fact) !== undefined);
  const start = messages.findLastIndex(({ role, content, tool_calls: calls = [] }, at) => {
    const isReply = role === "assistant" && calls.length === 0;
    return opens(at) && (isReply || content.includes("was cut off here"));
  });
  return { ...request, messages: messages.slice(start + 1) };
}

type Line = { from?: string; fact?: string; task?: boolean; note?: string; time?: string; text: string };

/** What is said and recorded in the prompt, line by line. */
export function linesOf({ messages }: ModelRequest): Line[] {
  const contents = messages.filter(({ role }) => role === "user").map(({ content }) => content);
  const lines = contents.flatMap((content) => content.split("\n"));
  return lines.map((line) => (parseJson(line) ?? { text: line }) as Line);
}
