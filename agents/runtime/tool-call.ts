/** One tool call: prepared, journalled, executed, told to the model. Every failure ends as a result. */
import { z } from "zod";
import { AppError, describeError, isAppError } from "../base/errors.ts";
import type { Redactor } from "../redact/redact.ts";
import { joinRedacted, ours, type Redacted, redacted, rewrite } from "../redact/redacted.ts";
import type { Proposal, Tool, ToolContext, ToolResult } from "../tools/tool.ts";
import { coerceArguments } from "./coerce-arguments.ts";
import type { ToolCall } from "./events.ts";
import { offeredSchema, plainSchema } from "./model/tool-schema.ts";
import type { ToolDefinition, ToolRequest } from "./model.ts";

/** A tool of a role, with what the role may do with it. */
export type GrantedTool = { tool: Tool; access: ToolContext["access"] };
export type ToolTable = ReadonlyMap<string, GrantedTool>;

export function toolDefinitions(tools: ToolTable): ToolDefinition[] {
  return [...tools.values()].map(({ tool }) => ({
    name: tool.name,
    description: tool.description,
    parameters: offeredSchema(tool.input),
    accepts: (args) => tool.input.safeParse(coerceArguments(args, plainSchema(tool.input))).success,
  }));
}

/** A call that may run, or the result that the model gets instead. */
export type Prepared =
  | {
      kind: "ready";
      call: ToolCall;
      effect: ReturnType<Tool["effect"]>;
      /** What it would change. AppError as of the tool, and for a tool that cannot tell. */
      propose(context: ToolContext): Promise<Proposal>;
      run(context: ToolContext): Promise<ToolResult>;
      /** What became of the call that an earlier life of the agent began. Never rejects. */
      adopt(context: ToolContext): Promise<ToolResult>;
    }
  | { kind: "refused"; call: ToolCall; result: ToolResult };

export type CallSettings = { tools: ToolTable; redactor: Redactor };

export function prepareCall({ tools, redactor }: CallSettings, request: ToolRequest, step: number): Prepared {
  const granted = tools.get(request.tool);
  const call: ToolCall = {
    id: request.id,
    step,
    tool: request.tool,
    target: request.tool,
    args: request.args,
    effect: "read",
  };
  const refuse = (text: Redacted): Prepared => ({ kind: "refused", call, result: refused(text) });
  if (request.problem) return refuse(request.problem);
  if (!granted)
    return refuse(
      redacted`you have no tool "${request.tool}"; your tools are: ${ours([...tools.keys()].join(", "))}`,
    );
  const given = coerceArguments(request.sealedArgs?.open() ?? request.args, plainSchema(granted.tool.input));
  const parsed = granted.tool.input.safeParse(given);
  if (!parsed.success)
    return refuse(
      redacted`bad arguments for ${request.tool}: ${redactor(z.prettifyError(parsed.error))}${exampleOf(granted.tool, redactor)}`,
    );
  const { tool, access } = granted;
  const input = parsed.data;
  const target = redactor(tool.target(input));
  const effect = access === "audit" ? "read" : tool.effect(input);
  return {
    kind: "ready",
    call: { ...call, target, effect },
    effect,
    propose: async (context) => {
      if (!tool.propose) throw unproposed(tool.name);
      return await tool.propose(input, { ...context, access });
    },
    run: (context) => execute(() => tool.run(input, { ...context, access }), context),
    adopt: async (context) => {
      const adopting = tool.adopt?.(input, { ...context, access });
      // a refusal would be a lie: the call was begun
      return (await adopting?.catch(() => undefined)) ?? unknownResult({ ...call, target });
    },
  };
}

/** Who cannot show it cannot have it granted. */
function unproposed(tool: string): AppError {
  return new AppError("not_allowed", `${tool} cannot show what it would change, so nobody can grant it.`);
}

function exampleOf({ example }: Tool, redactor: Redactor): Redacted {
  return example ? redacted`\nA call that works: ${redactor(JSON.stringify(example))}` : redacted``;
}

async function execute(
  run: () => Promise<ToolResult>,
  { call: { signal }, redactor }: ToolContext,
): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) return { ...refused(redactor(describeError(signal.reason))), kind: "cancelled" };
    if (isAppError(error, "unavailable")) return { ...refused(redactor(error.message)), kind: "failed" };
    if (error instanceof AppError) return refused(redactor(error.message));
    return { ...refused(redactor(`the tool itself failed: ${describeError(error)}`)), kind: "failed" };
  }
}

export function refused(reason: Redacted): ToolResult {
  return {
    kind: "refused",
    exitCode: null,
    stdout: redacted``,
    stderr: reason,
    truncated: false,
    artifact: null,
  };
}

/** For a call that was begun before a crash and may or may not have happened. */
export function unknownResult(call: ToolCall): ToolResult {
  const reason = redacted`UNKNOWN: inspect before you repeat. ${call.tool} on ${call.target} was started, then the agent was interrupted; whether it took effect was not recorded.`;
  return { ...refused(reason), kind: "unknown" };
}

/** What the model reads: the outcome first, in a form that no output can imitate at that place. */
export function resultText(result: ToolResult): Redacted {
  const exit = result.exitCode === null ? "" : redacted` exit ${result.exitCode}`;
  const [stdout, stderr] = [result.stdout, result.stderr].map((text) => rewrite(text, (it) => it.trimEnd()));
  const way = result.way ? redacted` ${result.way}` : "";
  const parts = [redacted`[${result.kind}${exit}]${way}`, ...(stdout ? [stdout] : [])];
  if (stderr) parts.push(result.kind === "refused" ? result.stderr : redacted`--- stderr ---\n${stderr}`);
  return joinRedacted(parts, "\n");
}
