/** What the lookups of a playbook do: they run on the machine of the team, wherever the template stands. */
import { type ChangeRow, unclearRow } from "./change.ts";
import { isReadingAddress } from "./playbook-modules.ts";
import { isReadableFile } from "./shell-paths.ts";
import { classifyTask } from "./shell-task.ts";
import { isTeamPath } from "./team-paths.ts";
import type { TemplateCall } from "./template-calls.ts";

/** They make a value out of variables, or of a file of the team. */
const READS = new Set(
  "env file first_found fileglob filetree dict items list indexed_items sequence subelements together nested flattened cartesian vars varnames config ini csvfile unvault random_choice inventory_hostnames dig".split(
    " ",
  ),
);
const COLLECTIONS = /^(?:ansible\.builtin|community\.general)\./;

/** A row for a call that is more than putting values together. */
export function rowOfCall(call: TemplateCall, what: string): ChangeRow | undefined {
  if (call.kind === "unclear") return unclearRow(what, call.reason);
  const plugin = call.plugin.replace(COLLECTIONS, "");
  const isDevice = plugin === "file" && call.args?.some((file) => !isReadableFile(file));
  if (READS.has(plugin) && !isDevice) return undefined;
  if (plugin === "pipe" || plugin === "lines") return ofCommand(call.args, what, plugin);
  const [url = ""] = call.args ?? [];
  const isPlain = call.args?.length === 1 && (call.named ?? []).length === 0;
  if (plugin === "url" && isPlain && isReadingAddress(url))
    return {
      action: "read",
      what,
      details: `GET ${url}`,
      where: "controller",
      effect: "read",
      risks: [],
    };
  if (plugin === "password") return ofPassword(call.args, what);
  return unclearRow(what, `a lookup of ${plugin} runs on the machine of the team`);
}

function ofCommand(args: string[] | undefined, what: string, plugin: string): ChangeRow {
  const [line] = args ?? [];
  if (args?.length !== 1 || line === undefined)
    return unclearRow(what, `a lookup of ${plugin} runs a command that is not known here`);
  const found = classifyTask({ by: "sh", text: line });
  const details = `${plugin}: ${line}`;
  if (found.effect === "read")
    return { action: "run", what, details, where: "controller", effect: "read", risks: [] };
  return {
    ...unclearRow(what, `a lookup runs a command on the machine of the team: ${found.reason}`),
    details,
  };
}

/** It keeps what it has made in the file that it is given; a file of nobody knows whom opens a door. */
function ofPassword(args: string[] | undefined, what: string): ChangeRow | undefined {
  const [file] = args ?? [];
  if (file !== undefined && /^\/dev\/null(?: |$)/.test(file)) return undefined;
  if (file === undefined || !isTeamPath(file.split(" ", 1)[0]))
    return unclearRow(what, "a lookup of password writes a file that is not the team's");
  const risks = [{ kind: "credentials", why: "makes a password and keeps it in a file" } as const];
  return {
    action: "create",
    what,
    details: `password ${file}`,
    where: "workspace",
    effect: "workspace",
    risks,
  };
}
