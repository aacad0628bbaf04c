/** What is known of a playbook without a node: whether it can be parsed, its tasks and what they do; a module's documentation. */
import type { CommandSpec } from "../host/commands/command.ts";
import { describePlaybook } from "./ansible-effects.ts";
import { findPlaybook } from "./ansible-playbook.ts";
import { startLooking, unreadSettings } from "./ansible-start.ts";
import { joinLines, toToolResult } from "./command-result.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

export type Look = { playbook?: string | undefined; module?: string | undefined; timeout_s?: number } & {
  command: "syntax_check" | "list_tasks" | "doc";
};

/** For a role that only looks, and is not asked. */
const LOOKING_S = 120;

export async function look(args: Look, context: ToolContext): Promise<ToolResult> {
  const { timeout_s = LOOKING_S } = args;
  const argv = await commandLine(args, context);
  const ended = await startLooking({ timeout_s, context }, argv);
  const result = toToolResult(ended, context);
  const isListed = args.command === "list_tasks" && result.kind === "ok";
  const { workspace, redactor } = context;
  const playbook = argv.at(-1) ?? "";
  const does = isListed ? [redactor(await describePlaybook(workspace, playbook))] : [];
  return {
    ...result,
    stdout: joinLines([result.stdout, ...does]),
    stderr: joinLines([result.stderr, ...(await unreadSettings(context))]),
  };
}

async function commandLine({ command, playbook = "", module }: Look, context: ToolContext) {
  if (command === "doc" && module !== undefined) return ["ansible-doc", "-t", "module", module] as const;
  if (command === "doc") return ["ansible-galaxy", "collection", "list"] as const;
  const file = await findPlaybook(context.workspace, playbook);
  const option = command === "syntax_check" ? "--syntax-check" : "--list-tasks";
  const hosts = context.nodes.nodes.map(({ name }) => `${name},`).join("");
  return ["ansible-playbook", option, "-i", hosts || ",", file] satisfies CommandSpec["argv"];
}
