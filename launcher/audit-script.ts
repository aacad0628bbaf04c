/** What the audit tells, as a script that a person could read and run: what was done, in its order, and nothing else. */
import type { AuditEntry } from "../agents/protocol/audit.ts";
import { compareTimes } from "../agents/protocol/message.ts";

type About = Readonly<Record<string, unknown>>;

const HEAD = `#!/usr/bin/env bash
# What the team changed, in the order in which it began. Read it before you run it: it does the same again.
# A step that did not succeed, or whose end is not known, stands as a comment; secrets are left out of every line.
set -euo pipefail
`;

/** Commands for a shell on the operator's machine, in a checkout of the project. */
export function auditScript(entries: readonly AuditEntry[]): string {
  const outcomes = new Map(
    entries
      .filter(({ kind }) => kind === "outcome")
      .map(({ writer, about }) => [keyOf(writer, about), about]),
  );
  const sorted = entries.toSorted((a, b) => compareTimes({ timestamp: a.at }, { timestamp: b.at }));
  const steps = sorted.flatMap(({ kind, writer, at, about }) => {
    if (kind === "intent") return [step(at, writer, [about as About, outcomes.get(keyOf(writer, about))])];
    return kind === "outcome" ? [] : [comment(`${at} ${writer}, ${kind}: ${JSON.stringify(about)}`)];
  });
  return `${HEAD}${steps.map((text) => `\n${text}\n`).join("")}`;
}

function keyOf(writer: string, about: unknown): string {
  const { message, call } = about as About;
  return JSON.stringify([writer, message, call]);
}

function step(at: string, writer: string, [about, ended]: [About, unknown]): string {
  const outcome = (ended as About | undefined)?.["outcome"];
  const title = comment(
    `${at} ${writer}, ${about["tool"]} on ${about["target"]}: ${outcome ?? "its end is not known"}`,
  );
  const command = commandOf(about);
  return `${title}\n${outcome === "ok" && command ? command : comment(command ?? JSON.stringify(about["args"]))}`;
}

/** Undefined for what a person cannot do by one command. */
function commandOf({ tool, args }: About): string | undefined {
  const text = (name: string) => String((args as About | null)?.[name] ?? "");
  switch (tool) {
    case "run_ssh":
      return `ssh root@${quoted(text("host"))} -- ${quoted(text("command"))}`;
    case "run_terraform":
      return `terraform -chdir=${quoted(`generated_iac${text("dir").replace(/^\/app/, "")}`)} ${quoted(text("command"))}`;
    case "run_ansible":
      return `ansible-playbook -i inventory ${quoted(`generated_iac${text("playbook").replace(/^\/app/, "")}`)}${ansibleOptions(args as About)}`;
    case "run_shell":
      return `bash -c ${quoted(text("command"))}`;
    default:
      return undefined;
  }
}

function ansibleOptions({ extra_vars: vars, limit, tags, check }: About): string {
  const option = (name: string, value: unknown) =>
    value === undefined
      ? ""
      : ` ${name} ${quoted(typeof value === "string" ? value : JSON.stringify(value))}`;
  const isChecked = check === true ? " --check" : "";
  return `${isChecked}${option("--limit", limit)}${option("--tags", tags)}${option("--extra-vars", vars)}`;
}

function quoted(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** No line of it can be anything else. */
function comment(text: string): string {
  return text
    .split(/[\n\r\u2028\u2029]/)
    .map((line) => `# ${line}`)
    .join("\n");
}
