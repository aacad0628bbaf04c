/** One tool call: prepared, journalled, executed, told to the model. Every failure ends as a result. */
import { z } from "zod";
import { AppError, describeError, isAppError } from "../base/errors.ts";
import type { Tool, ToolContext, ToolResult } from "../tools/tool.ts";
import type { ToolCall } from "./events.ts";
import type { ToolDefinition, ToolRequest } from "./model.ts";

/** A tool of a role, with what the role may do with it. */
export type GrantedTool = { tool: Tool; access: ToolContext["access"] };
export type ToolTable = ReadonlyMap<string, GrantedTool>;

export function toolDefinitions(tools: ToolTable): ToolDefinition[] {
  return [...tools.values()].map(({ tool }) => {
    const { $schema: _, ...parameters } = z.toJSONSchema(tool.input, { io: "input" });
    return { name: tool.name, description: tool.description, parameters };
  });
}

/** A call that may run, or the result that the model gets instead. */
export type Prepared =
  | {
      kind: "ready";
      call: ToolCall;
      effect: ReturnType<Tool["effect"]>;
      run(context: ToolContext): Promise<ToolResult>;
      /** What became of the call that an earlier life of the agent began. Never rejects. */
      adopt(context: ToolContext): Promise<ToolResult>;
    }
  | { kind: "refused"; call: ToolCall; result: ToolResult };

export function prepareCall(tools: ToolTable, request: ToolRequest, step: number): Prepared {
  const granted = tools.get(request.tool);
  const call: ToolCall = {
    id: request.id,
    step,
    tool: request.tool,
    target: request.tool,
    args: request.args,
  };
  const refuse = (text: string): Prepared => ({ kind: "refused", call, result: refused(text) });
  if (request.problem) return refuse(request.problem);
  if (!granted)
    return refuse(`you have no tool "${request.tool}"; your tools are: ${[...tools.keys()].join(", ")}`);
  const parsed = granted.tool.input.safeParse(request.args);
  if (!parsed.success) return refuse(`bad arguments for ${request.tool}: ${z.prettifyError(parsed.error)}`);
  const { tool, access } = granted;
  const input = parsed.data;
  return {
    kind: "ready",
    call: { ...call, target: tool.target(input) },
    effect: access === "audit" ? "read" : tool.effect(input),
    run: (context) => execute(() => tool.run(input, { ...context, access }), context.signal),
    adopt: async (context) => {
      const adopting = tool.adopt?.(input, { ...context, access });
      // a refusal would be a lie: the call was begun
      return (
        (await adopting?.catch(() => undefined)) ?? unknownResult({ ...call, target: tool.target(input) })
      );
    },
  };
}

async function execute(run: () => Promise<ToolResult>, signal: AbortSignal): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) return { ...refused(describeError(signal.reason)), kind: "cancelled" };
    if (isAppError(error, "unavailable")) return { ...refused(error.message), kind: "failed" };
    if (error instanceof AppError) return refused(error.message);
    return { ...refused(`the tool itself failed: ${describeError(error)}`), kind: "failed" };
  }
}

export function refused(reason: string): ToolResult {
  return { kind: "refused", exitCode: null, stdout: "", stderr: reason, truncated: false, artifact: null };
}

/** For a call that was begun before a crash and may or may not have happened. */
export function unknownResult(call: ToolCall): ToolResult {
  const reason =
    `UNKNOWN: inspect before you repeat. ${call.tool} on ${call.target} was started, then the agent was ` +
    "interrupted; whether it took effect was not recorded.";
  return { ...refused(reason), kind: "unknown" };
}

/** What the model reads: the outcome first, in a form that no output can imitate at that place. */
export function resultText(result: ToolResult): string {
  const exit = result.exitCode === null ? "" : ` exit ${result.exitCode}`;
  const parts = [`[${result.kind}${exit}]`, result.stdout.trimEnd()];
  if (result.stderr.trim())
    parts.push(result.kind === "refused" ? result.stderr : `--- stderr ---\n${result.stderr.trimEnd()}`);
  return parts.filter(Boolean).join("\n");
}
