/** The commands that a plan's resources run: on the machine of the team (local-exec) or on a host (remote-exec). */
import type { ChangeRow, Risk } from "./change.ts";
import type { Classification } from "./effects.ts";
import { type Configured, constantOf, type ResourceChange, type Values } from "./plan-shape.ts";
import { risksOfLine } from "./shell-risks.ts";
import { classifyTask, type ShellTask } from "./shell-task.ts";
import { isHarmlessEnvironment } from "./shell-variables.ts";

/** `text`: the arguments as they are written, on one line. */
export type Provisioner = { type: string; onDestroy: boolean; text: string };

/** By the address of their resource, without indexes. */
export type Provisioners = ReadonlyMap<string, Provisioner[]>;

export type Commands = {
  /** As the plan's file has them. */
  written: Provisioners | undefined;
  /** As its JSON has them, which does not say when they run. */
  configured: ReadonlyMap<string, Configured> | undefined;
};

type Command = {
  type: string;
  when: "create" | "destroy" | "either";
  text: string;
  given: Values | undefined;
};

/** What a change runs: destroy commands not when it is tainted, or when the new one is created first. */
export function commandRows(kind: string, change: ResourceChange, commands: Commands): ChangeRow[] {
  if (kind !== "delete" && kind !== "replace" && kind !== "create") return [];
  const { address, action_reason } = change;
  const all = commandsOf(withoutIndexes(address), commands);
  if (!all) return [unknownCommands(address)];
  const actions = change.change.actions.join();
  const isSkipped = action_reason === "replace_because_tainted" || actions === "create,delete";
  const destroys = all.filter(
    ({ when }) => kind !== "create" && (when === "destroy" || (when === "either" && kind === "delete")),
  );
  const creates = all.filter(({ when }) => kind !== "delete" && when !== "destroy");
  return [
    ...destroys.map((one) => (isSkipped ? skipped(address, one) : rowOf(address, one, whenDestroyed(one)))),
    ...creates.map((one) => rowOf(address, one, "runs")),
  ];
}

function whenDestroyed({ when }: Command): string {
  return when === "destroy" ? "runs when destroyed" : "may run when destroyed";
}

function withoutIndexes(address: string): string {
  return address.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "");
}

function commandsOf(address: string, { written, configured }: Commands): Command[] | undefined {
  const given = configured?.get(address)?.provisioners ?? [];
  if (written) {
    const own = written.get(address) ?? [];
    const isSame = own.length === given.length && own.every(({ type }, at) => type === given[at]?.type);
    return own.map(({ type, onDestroy, text }, at) => ({
      type,
      when: onDestroy ? "destroy" : "create",
      text,
      given: isSame ? given[at]?.expressions : undefined,
    }));
  }
  // of what is no longer in the configuration, a block `removed` may have commands that the JSON does not tell
  if (!configured?.has(address)) return undefined;
  return given.map(({ type, expressions }) => ({
    type,
    when: "either",
    text: textOf(expressions),
    given: expressions,
  }));
}

function textOf(given: Values | undefined): string {
  const text = constantOf(given, "command") ?? constantOf(given, "inline");
  return text === undefined ? "what is known only when it is applied" : [text].flat().join("; ");
}

function unknownCommands(what: string): ChangeRow {
  const why = "may run commands: the configuration of the plan could not be read";
  return {
    action: "run",
    what,
    details: why,
    where: "controller",
    effect: "infrastructure",
    risks: [{ kind: "commands", why }],
  };
}

function skipped(what: string, { type, text }: Command): ChangeRow {
  return {
    action: "skip",
    what,
    details: `does not run ${type}: ${text}`,
    where: "controller",
    effect: "read",
    risks: [],
  };
}

function rowOf(what: string, { type, text, given }: Command, when: string): ChangeRow {
  const where = type === "local-exec" ? "controller" : "host";
  const details = `${when} ${type}: ${text}`;
  const found = judge(type, given);
  if (found.effect === "read") return { action: "run", what, details, where, effect: "read", risks: [] };
  const place = where === "controller" ? "on the machine of the team" : "on a host";
  const risks: Risk[] = [{ kind: "commands", why: `runs ${type} ${place}` }, ...risksOfLine(text)];
  return { action: "run", what, details, where, effect: "infrastructure", risks };
}

function judge(type: string, given: Values | undefined): Classification {
  if (type === "local-exec") return ofLocal(given);
  const inline = constantOf(given, "inline");
  if (type !== "remote-exec" || !isTexts(inline)) return unclear(type);
  return classifyTask({ by: "sh", text: inline.join("\n") });
}

const RUNNERS: Readonly<Record<string, ShellTask["by"]>> = {
  "/bin/sh -c": "sh",
  "sh -c": "sh",
  "/bin/bash -c": "bash",
  "/usr/bin/bash -c": "bash",
  "bash -c": "bash",
};

function ofLocal(given: Values | undefined): Classification {
  const command = constantOf(given, "command");
  const interpreter =
    given?.["interpreter"] === undefined ? ["/bin/sh", "-c"] : constantOf(given, "interpreter");
  const environment = given?.["environment"] === undefined ? {} : constantOf(given, "environment");
  const folder = given?.["working_dir"] === undefined ? undefined : constantOf(given, "working_dir");
  const by = isTexts(interpreter) ? RUNNERS[interpreter.join(" ")] : undefined;
  if (typeof command !== "string" || by === undefined || !isHarmless(environment))
    return unclear("local-exec");
  if (folder !== undefined && typeof folder !== "string") return unclear("local-exec");
  return classifyTask({ by, text: command, folder });
}

function isHarmless(environment: unknown): boolean {
  return (
    typeof environment === "object" &&
    environment !== null &&
    Object.entries(environment).every(([name, value]) => isHarmlessEnvironment(name, String(value)))
  );
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function unclear(part: string): Classification {
  return { effect: "infrastructure", part, reason: "is not known before it runs", remedy: "Write it out." };
}
