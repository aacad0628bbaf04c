/** From how ansible-playbook ended, and its recap, to what the model reads: what went on on the nodes is ended first. */
import { join } from "node:path";
import { z } from "zod";
import type { CommandResult } from "../host/commands/command.ts";
import { joinRedacted, ours, type Redacted, redacted, rewrite } from "../redact/redacted.ts";
import { foldPlay } from "./ansible-fold.ts";
import { isSuccess, lostHosts, type Recap, readRecap, recapLines, recapRemarks } from "./ansible-recap.ts";
import { unreadSettings } from "./ansible-start.ts";
import { joinLines, toToolResult, withTimeHint } from "./command-result.ts";
import { foldOutput } from "./folded-output.ts";
import { readPlainJson } from "./plain-file.ts";
import type { RunFolder } from "./run-folder.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

/** In the run folder: the nodes that let the agent in when the run began. */
export const REACHED_FILE = "reached.json";

const MAX_BYTES = 100_000;

export type Played = { folder: RunFolder; context: ToolContext };

export async function conclude({ folder, context }: Played, played: CommandResult): Promise<ToolResult> {
  const recap = await readRecap(join(folder.real, "recap.json"));
  const cut = await cutConnections({ folder, context }, recap);
  const notEnded = await endOnNodes(context, played, cut);
  for (const name of await hostNames(context)) context.nodes.suspect(name);
  const isWell = kindOf(toToolResult(played, context).kind, recap, cut) === "ok";
  const fold = (text: string, file: string) => foldPlay(text, { isWell, file });
  const told = recap ? await foldOutput(played, fold, context) : played;
  const result = withTimeHint(toToolResult(told, context));
  const lines = recapLines(recap).map(context.redactor);
  const remarks = recapRemarks(recap).map(context.redactor);
  return {
    ...result,
    kind: kindOf(result.kind, recap, cut),
    stdout: joinRedacted([rewrite(result.stdout, (text) => text.trimEnd()), ...lines], "\n"),
    stderr: joinLines([
      result.stderr,
      ...remarks,
      ...brokenOff(cut),
      ...notEnded,
      ...(await unreadSettings(context)),
    ]),
  };
}

/** Without the guests where these cannot be read: the end of the call reaches whatever was touched. */
async function hostNames({ nodes, call }: Pick<ToolContext, "nodes" | "call">): Promise<string[]> {
  const { hosts } = await nodes.guests(call.signal).catch(() => ({ hosts: [] }));
  return [...nodes.nodes, ...hosts].map(({ name }) => name);
}

function kindOf(
  kind: ToolResult["kind"],
  recap: Recap | undefined,
  cut: readonly string[],
): ToolResult["kind"] {
  if (cut.length > 0 && (kind === "ok" || kind === "failed")) return "unknown";
  return kind === "ok" && !isSuccess(recap) ? "failed" : kind;
}

/**
 * Nodes that let the agent in, and were unreachable at a task that may have begun: after others that ran there, or while
 * something of this call still runs, or may run.
 */
async function cutConnections(
  { folder, context: { nodes, call } }: Played,
  recap: Recap | undefined,
): Promise<string[]> {
  const json = await readPlainJson(join(folder.real, REACHED_FILE), MAX_BYTES);
  const letIn = z.array(z.string()).catch([]).parse(json);
  const lost = lostHosts(recap).filter(({ host }) => letIn.includes(host));
  const isCut = lost.map(
    async ({ host, wasReached }) => wasReached || (await nodes.runs(host, call.id)) !== false,
  );
  const cut = await Promise.all(isCut);
  return lost.filter((_, index) => cut[index]).map(({ host }) => host);
}

function brokenOff(cut: readonly string[]): Redacted[] {
  if (cut.length === 0) return [];
  return [
    redacted`UNKNOWN: inspect before you repeat. The connection broke, or logins stopped working, in the midst of the run on: ${ours(cut.join(", "))}. Whether the task took effect there is not known; what was left of it was looked for and ended.`,
  ];
}

/** When it was interrupted ansible's connections are gone, what it had started on the nodes is not. */
async function endOnNodes(
  { nodes, call }: ToolContext,
  played: CommandResult,
  cut: readonly string[],
): Promise<Redacted[]> {
  const isWhole = played.kind === "not-started" || (played.kind === "exited" && played.exitCode !== null);
  const isOver = async (name: string) => (isWhole && !cut.includes(name)) || (await nodes.end(name, call.id));
  const names = await hostNames({ nodes, call });
  const ended = await Promise.all(names.map(isOver));
  for (const [index, name] of names.entries()) if (ended[index]) call.settle(name);
  const left = names.filter((_, index) => !ended[index]);
  return left.length === 0
    ? []
    : [
        redacted`Whether a task still runs is not confirmed for: ${ours(left.join(", "))}. Look before you repeat.`,
      ];
}
