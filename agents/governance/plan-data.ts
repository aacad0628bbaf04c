/** The data sources of a plan: most only read, some run a program or ask a server from the machine of the team. */
import { type ChangeRow, type Risk, unclearRow } from "./change.ts";
import { isTexts } from "./plan-commands.ts";
import {
  type Configured,
  constantOf,
  dataReadBefore,
  isValues,
  type Plan,
  type Values,
} from "./plan-shape.ts";
import { isReadingAddress } from "./playbook-modules.ts";
import { risksOfLine } from "./shell-risks.ts";
import { classifyTask } from "./shell-task.ts";

/** Their data sources only read, but for those that are judged below. */
const READING =
  /(?:^|\/)(?:bpg\/proxmox|telmate\/proxmox|hashicorp\/(?:local|http|external|template|tls|cloudinit|dns|time|null|random)|builtin\/terraform|terraform\.io\/builtin\/terraform)$/;
const RUNNING = new Set(["external", "http", "local_command"]);

export type Data = {
  address: string;
  type: string;
  provider: string | undefined;
  values: Values | undefined;
};

/** One that is read when the plan is applied. */
export function rowOfData({ address, type, provider, values }: Data): ChangeRow {
  if (type === "external" || type === "local_command") return ofProgram(address, type, values);
  if (type === "http") return ofRequest(address, values);
  if (provider === undefined || !READING.test(provider.toLowerCase()))
    return unclearRow(
      address,
      `a data source of ${provider ?? "an unknown provider"}, which may run anything`,
    );
  return { action: "read", what: address, where: "cluster", effect: "read", risks: [] };
}

/** Those that have run when the plan was made, and run with every plan. */
export function rowsOfPlanned(
  plan: Plan,
  configured: ReadonlyMap<string, Configured> | undefined,
): ChangeRow[] {
  const told = new Set((plan.resource_changes ?? []).map(({ address }) => address));
  const before = dataReadBefore(plan);
  const read =
    before?.map(({ address, type, provider_name, values }) => ({
      address,
      type,
      provider: provider_name,
      values: isValues(values) ? values : undefined,
    })) ?? [...(configured ?? [])].flatMap(ofConfigured);
  return read
    .filter(({ address, type }) => RUNNING.has(type) && !told.has(address))
    .map(rowOfData)
    .map((row) => ({ ...row, details: `runs with every plan: ${row.details ?? ""}` }));
}

function ofConfigured([address, { mode, type = "", expressions = {} }]: [string, Configured]): Data[] {
  if (mode !== "data") return [];
  const values = Object.fromEntries(
    Object.keys(expressions).map((name) => [name, constantOf(expressions, name)]),
  );
  return [{ address, type, provider: undefined, values }];
}

function ofProgram(what: string, type: string, values: Values | undefined): ChangeRow {
  const { program, command, arguments: args } = values ?? {};
  const words = type === "external" ? program : [command, ...(Array.isArray(args) ? args : [])];
  if (!isTexts(words) || words.length === 0) return unclearRow(what, "runs a program that is not known here");
  const details = words.join(" ");
  const found = classifyTask({ by: "words", text: words });
  const isFed = isValues(values?.["query"]) || values?.["stdin"] !== undefined;
  if (found.effect === "read" && !(isFed && /\b(?:sh|bash|xargs|python\d?|perl)\b/.test(details)))
    return { action: "run", what, details, where: "controller", effect: "read", risks: [] };
  const risks: Risk[] = [
    { kind: "commands", why: "runs a program on the machine of the team" },
    ...risksOfLine(details),
  ];
  return { action: "run", what, details, where: "controller", effect: "infrastructure", risks };
}

function ofRequest(what: string, values: Values | undefined): ChangeRow {
  const { url, method, request_body: body, request_headers: headers } = values ?? {};
  const isGet = method === undefined || method === null || /^(?:GET|HEAD)$/i.test(String(method));
  const carriesMore = headers !== undefined && headers !== null;
  if (typeof url !== "string" || !isGet || (body ?? "") !== "" || !isReadingAddress(url, carriesMore))
    return unclearRow(
      what,
      `asks ${typeof url === "string" ? url : "a server that is not known"} from the machine of the team`,
    );
  return { action: "read", what, details: url, where: "controller", effect: "read", risks: [] };
}
