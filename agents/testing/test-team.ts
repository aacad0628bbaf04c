/** A team in the test's own process, over the memory bus, and a tool that does what the test says. */
import { z } from "zod";
import type { Bus } from "../bus/bus.ts";
import type { Message } from "../protocol/message.ts";
import type { Role, Sender } from "../protocol/roles.ts";
import { redacted } from "../redact/redacted.ts";
import type { Tool, ToolContext, ToolResult } from "../tools/tool.ts";
import { draft, nextEvent } from "./bus-contract.ts";
import { createMemoryBus } from "./memory-bus.ts";
import type { ModelAnswer, ModelRequest } from "./model-server.ts";
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
    const isTheirs = (event: { kind: string; sender?: string }) =>
      event.kind === "message" && event.sender === sender;
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

export function hasTool(request: ModelRequest): boolean {
  return request.messages.some(({ role }) => role === "tool");
}

export function lastOf(request: ModelRequest | undefined): string {
  return request?.messages.at(-1)?.content ?? "";
}

/** The text of the message that the turn is about, also when tool results follow it. */
export function askedIn(request: ModelRequest): string {
  const asked = request.messages.findLast(({ role }) => role === "user");
  return JSON.parse(asked?.content ?? "{}").text;
}
