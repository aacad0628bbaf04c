/** What one task of a playbook does, once for each place where it is carried out. */
import { type ChangeRow, distinctRisks, unclearRow } from "./change.ts";
import { rowOfCommand, rowOfScript } from "./playbook-commands.ts";
import type { Judging, RowOfTask } from "./playbook-judging.ts";
import { type Arguments, isHarmlessChecked, isReadingModule, runsCommand } from "./playbook-modules.ts";
import { risksOfTask } from "./playbook-risks.ts";
import { placesOf, type Target } from "./playbook-scope.ts";
import type { Called } from "./playbook-task.ts";
import { isOwnHost } from "./shell-hosts.ts";
import { isTeamOutput } from "./team-paths.ts";

/** They write one file, or one folder's files, and run nothing. */
const FILE_WRITERS =
  /^(?:copy|template|file|lineinfile|blockinfile|replace|assemble|tempfile|get_url|community\.general\.(?:ini_file|archive))$/;

export function rowsOfTask(called: Called, judging: Judging): ChangeRow[] {
  const { module, args } = called;
  if (module === "fetch") return [ofFetch(called, judging)];
  if (module === "add_host") return [ofAddedHost(called, judging)];
  if (judging.isChecked && isHarmlessChecked(module, args))
    return inPlaces(judging.target, { ...reading(called), details: "in check mode" });
  const by = runsCommand(module);
  if (by) return inPlaces(judging.target, rowOfCommand(called, judging, by));
  if (module === "script") return inPlaces(judging.target, rowOfScript(called, judging));
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
  if (typeof dest !== "string" || !isTeamOutput(dest))
    return unclearRow(what, "fetches to a place where it may be loaded from");
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

const OF_HOST = /^(?:name|hostname|host|groups?|groupname|ansible_(?:host|port|user))$/;

/** Only in memory; what the plays do to the host is told with their tasks. */
function ofAddedHost({ what, args }: Called, { expand }: Judging): ChangeRow {
  const name = args["name"] ?? args["hostname"] ?? args["host"];
  const isKnown = Object.values(args).every(
    (value) => typeof value !== "string" || expand(value) !== undefined,
  );
  if (!isKnown || typeof name !== "string")
    return unclearRow(what, "adds hosts that are not known before it runs");
  const address = args["ansible_host"] ?? name;
  const isOther = !placesOf(name).includes("controller");
  const isPlain =
    isOther && Object.keys(args).every((key) => OF_HOST.test(key)) && isOwnHost(String(address));
  if (!isPlain) return unclearRow(what, `adds a host that is in no inventory, in its own way: ${name}`);
  return { action: "read", what, details: `adds ${name}`, where: "controller", effect: "read", risks: [] };
}

/** The file of the team that it writes, and nothing else. */
function teamFile(module: string, args: Arguments): string | undefined {
  if (!FILE_WRITERS.test(module) || args["validate"] !== undefined) return undefined;
  const path = args["dest"] ?? args["path"] ?? args["name"] ?? (module === "tempfile" ? "/tmp/" : undefined);
  return isTeamOutput(path) && (module !== "file" || isTeamOutput(args["src"] ?? "x")) ? path : undefined;
}
