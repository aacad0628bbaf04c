/** What a call does to the cluster, or looks at there, as a deed of the mission: by its arguments, and by the files that they name. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { subjectsOf } from "../governance/subjects.ts";
import { resolveVisible } from "../host/files/paths.ts";
import type { NewDeed } from "../protocol/deed.ts";
import type { Message } from "../protocol/message.ts";
import { deedField } from "../protocol/mission.ts";
import { type Redacted, type RedactedJson, redacted } from "../redact/redacted.ts";
import type { ToolContext, ToolResult } from "../tools/tool.ts";
import type { ToolCall } from "./events.ts";
import type { JournalWriter } from "./journal-writer.ts";

export type DeedContext = Pick<ToolContext, "workspace" | "nodes" | "redactor">;

/** More files, or larger ones, are not looked through. */
const MAX_FILES = 30;
const MAX_FILE_BYTES = 64_000;
const EVERYWHERE = [redacted`*`];

type Working = {
  context: { toolContext: DeedContext };
  message: Pick<Message, "id">;
  mission: string | undefined;
  journal: JournalWriter;
};

/** For the next write of the journal, where the turn is about a mission. */
export async function noteDeed(
  { context, message, mission, journal }: Working,
  ended: { call: ToolCall; result?: ToolResult },
): Promise<void> {
  const deed = mission === undefined ? undefined : await deedOf(context.toolContext, { mission, ...ended });
  if (deed) journal.note(deedField(message.id, ended.call.id), deed);
}

/** Undefined for what neither changes nor shows anything of the cluster. Without a result its end is not known yet. */
export async function deedOf(
  context: DeedContext,
  { mission, call, result }: { mission: string; call: ToolCall; result?: ToolResult },
): Promise<NewDeed | undefined> {
  const isChange = call.effect === "infrastructure";
  const isLook = call.effect === "read" && call.tool === "run_ssh" && result?.kind === "ok";
  if (!isChange && !isLook) return undefined;
  const subjects = subjectsOf(await textOf(call, context)).map((subject) => context.redactor(subject));
  const outcome = result?.kind ?? "begun";
  const kind = isChange ? "change" : "read";
  return {
    mission: context.redactor(mission),
    kind,
    tool: call.tool,
    hosts: hostsOf(call, result, context),
    subjects,
    outcome,
  };
}

function hostsOf(
  { tool, args, target }: ToolCall,
  result: ToolResult | undefined,
  { nodes, redactor }: DeedContext,
): Redacted[] {
  if (tool === "run_ssh" && typeof argument(args, "host") === "string") return [target];
  if (tool !== "run_ansible" || result?.kind !== "ok") return EVERYWHERE;
  const reached = nodes.nodes.filter(({ name }) => result.stdout.includes(`${name} ok=`));
  return reached.length > 0 ? reached.map(({ name }) => redactor(name)) : EVERYWHERE;
}

function argument(args: RedactedJson, name: string): unknown {
  return typeof args === "object" && args !== null ? (args as Record<string, unknown>)[name] : undefined;
}

async function textOf({ tool, args }: ToolCall, { workspace }: DeedContext): Promise<string> {
  const [command, playbook, dir] = ["command", "playbook", "dir"].map((name) =>
    String(argument(args, name) ?? ""),
  );
  try {
    if (tool === "run_ansible")
      return `${playbook} ${await readSome(await resolveVisible(workspace, playbook ?? ""))}`;
    if (tool === "run_terraform") return await moduleText(await resolveVisible(workspace, dir ?? ""));
  } catch {
    return [command, playbook, dir].join(" "); // what cannot be read any more is named by its path
  }
  return command ?? "";
}

async function moduleText(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.(?:tf|tfvars)$/.test(name)).slice(0, MAX_FILES);
  const texts = await Promise.all(names.map((name) => readSome(join(folder, name))));
  return texts.join("\n");
}

async function readSome(file: string): Promise<string> {
  return (await stat(file)).size > MAX_FILE_BYTES ? "" : await readFile(file, "utf8");
}
