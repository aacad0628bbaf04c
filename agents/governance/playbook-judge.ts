/** What one task of a playbook does, once for each place where it is carried out. */
import { type ChangeRow, distinctRisks, unclearRow } from "./change.ts";
import { rowOfCommand } from "./playbook-commands.ts";
import type { Judging, RowOfTask } from "./playbook-judging.ts";
import { type Arguments, isReadingModule, runsCommand } from "./playbook-modules.ts";
import { risksOfTask } from "./playbook-risks.ts";
import type { Target } from "./playbook-scope.ts";
import type { Called } from "./playbook-task.ts";

const TEAM_FILES =
  /^(?:\/(?:app\/(?:config|infra|docs)|tmp)\/|\{\{ ?(?:playbook_dir|role_path) ?\}\}\/|(?!~)[\w.-]+(?:\/|$))/;
/** They write one file, or one folder's files, and run nothing. */
const FILE_WRITERS =
  /^(?:copy|template|file|lineinfile|blockinfile|replace|assemble|tempfile|get_url|community\.general\.(?:ini_file|archive))$/;

export function rowsOfTask(called: Called, judging: Judging): ChangeRow[] {
  const { module, args } = called;
  if (module === "fetch") return [ofFetch(called, judging)];
  if (module === "add_host") return [ofAddedHost(called, judging)];
  const by = runsCommand(module);
  if (by) return inPlaces(judging.target, rowOfCommand(called, judging, by));
  if (isReading(called, judging)) return inPlaces(judging.target, reading(called));
  const file = teamFile(module, args);
  const risks = distinctRisks(risksOfTask(module, args));
  const action = risks.some(({ kind }) => kind === "destroy") ? "delete" : "update";
  return inPlaces(judging.target, { action, what: called.what, effect: "infrastructure", risks }).map(
    (row) =>
      row.where === "controller" && file !== undefined
        ? { ...row, details: file, where: "workspace", effect: "workspace" }
        : row,
  );
}

function inPlaces({ hosts, places }: Target, rest: RowOfTask): ChangeRow[] {
  return places.map((where) => ({ ...rest, ...(hosts !== "" && { hosts }), where }));
}

function reading({ what }: Called): RowOfTask {
  return { action: "read", what, effect: "read", risks: [] };
}

/** With arguments that hold templates it only reads when it does with all that they may become. */
function isReading({ module, args }: Called, { expand }: Judging): boolean {
  if (isReadingModule(module, args)) return true;
  const entries = Object.entries(args).filter(
    ([, value]) => typeof value === "string" && value.includes("{{"),
  );
  return entries.some(([name, value]) => {
    const texts = expand(String(value));
    return texts?.every((text) => isReadingModule(module, { ...args, [name]: text })) === true;
  });
}

/** It reads on the hosts, and writes where the team's files are. */
function ofFetch({ what, args }: Called, { target }: Judging): ChangeRow {
  const { dest } = args;
  if (typeof dest !== "string" || !isTeamPath(dest))
    return unclearRow(what, "fetches to a place that is not the team's");
  return {
    action: "create",
    what,
    details: dest,
    hosts: target.hosts,
    where: "workspace",
    effect: "workspace",
    risks: [],
  };
}

function ofAddedHost({ what, args }: Called, { expand }: Judging): ChangeRow {
  const name = args["name"] ?? args["hostname"] ?? args["host"];
  const isKnown = Object.values(args).every(
    (value) => typeof value !== "string" || expand(value) !== undefined,
  );
  const reason = isKnown
    ? "adds a host that is in no inventory"
    : "adds hosts that are not known before it runs";
  const row = unclearRow(what, reason);
  return typeof name === "string" ? { ...row, details: `${reason}: ${name}` } : row;
}

/** The file of the team that it writes, and nothing else. */
function teamFile(module: string, args: Arguments): string | undefined {
  if (!FILE_WRITERS.test(module) || args["validate"] !== undefined) return undefined;
  const path = args["dest"] ?? args["path"] ?? args["name"] ?? (module === "tempfile" ? "/tmp/" : undefined);
  return isTeamPath(path) && (module !== "file" || isTeamPath(args["src"] ?? "x")) ? path : undefined;
}

function isTeamPath(path: unknown): path is string {
  return typeof path === "string" && TEAM_FILES.test(path) && !path.split("/").includes("..");
}
