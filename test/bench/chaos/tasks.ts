/**
 * What a run asks for: calls of one class of tools, each with an effect that cannot happen twice unseen, a line with
 * the call's own word at the end of a file. What the scripted model does next follows from the conversation alone.
 */
import type { ToolClass } from "./failpoints.ts";

export const NODE = "pve1";
export const PLAYBOOK = "/app/config/chaos.yml";

export type Task = {
  id: string;
  tools: ToolClass;
  /** The first effect is followed by a wait, until the file `free-<id>` is there or a minute has passed. */
  isHeld: boolean;
  /** Before each answer of the model. */
  slowMs: number;
};

export type Call = { tool: string; args: Record<string, unknown> };
/** What a tool gave back, as the model reads it: `[ok exit 0]\n...` */
export type Told = { tool: string; args: Record<string, unknown>; text: string };

/** The word that the n-th effect of a task writes. */
export const effectOf = (task: Pick<Task, "id">, n: number) => `${task.id}-effect-${n}`;

const moduleOf = (task: Pick<Task, "id">) => `/app/infra/${task.id}`;

/** The next calls, or none when the task is done. `told` are all results so far. */
export function nextCalls(task: Task, told: readonly Told[]): Call[] {
  switch (task.tools) {
    case "files":
      return told.length === 0 ? [saveNote(task), appendEffect(task)] : [];
    case "shell":
      return told.length < 2 ? [shell(effectLine(task, told.length + 1, "/tmp/app"))] : [];
    case "ssh":
      return told.length < 2
        ? [ssh(effectLine(task, told.length + 1, "/root"), told.length > 0 ? false : undefined)]
        : [];
    case "terraform":
      return nextTerraform(task, told);
    case "ansible":
      return told.length === 0 ? [play(task)] : [];
    default:
      return task.tools satisfies never;
  }
}

const saveNote = ({ id }: Task): Call => ({
  tool: "save_file",
  args: { path: `/tmp/app/${id}.txt`, content: `a note of ${id}\n` },
});
const appendEffect = (task: Task): Call => ({
  tool: "append_file",
  args: { path: "/tmp/app/effects.log", content: `${effectOf(task, 1)}\n` },
});
const shell = (command: string): Call => ({ tool: "run_shell", args: { command } });
/** The second command goes over the connection of the first: without a login before it, it is begun at once. */
const ssh = (command: string, fresh?: false): Call => ({
  tool: "run_ssh",
  args: { host: NODE, command, ...(fresh === false && { fresh }) },
});
const play = (task: Task): Call => ({
  tool: "run_ansible",
  args: { playbook: PLAYBOOK, limit: NODE, extra_vars: { line: effectLine(task, 1, "/root") } },
});

/** Of an apply whose outcome is unknown it asks for the same plan again, as a hasty model does: once only it may run. */
function nextTerraform(task: Task, told: readonly Told[]): Call[] {
  const dir = moduleOf(task);
  const applies = told.filter(({ args }) => args["command"] === "apply");
  if (told.length === 0) return [{ tool: "run_terraform", args: { command: "plan", dir } }];
  const digest = /\nPlan digest: ([0-9a-f]{64})/.exec(told[0]?.text ?? "")?.[1];
  const isUnclear = applies.length === 1 && outcomeOf(applies[0]) === "unknown";
  if (!digest || (applies.length > 0 && !isUnclear)) return [];
  return [{ tool: "run_terraform", args: { command: "apply", dir, plan: digest } }];
}

/** `ok`, `failed`, `unknown`: the first word of a result. */
export function outcomeOf(told: Told | undefined): string {
  return /^\[([a-z]+)/.exec(told?.text ?? "")?.[1] ?? "nothing";
}

/** The file of a terraform module with the effect. */
export function moduleText(task: Task): string {
  const command = JSON.stringify(effectLine(task, 1, "/tmp/app"));
  return `resource "terraform_data" "effect" {\n  provisioner "local-exec" {\n    command = ${command}\n  }\n}\n`;
}

export const PLAYBOOK_TEXT = `- hosts: all
  gather_facts: false
  tasks:
    - raw: "{{ line }}"
`;

function effectLine(task: Task, n: number, folder: string): string {
  const write = `echo ${effectOf(task, n)} >> ${folder}/effects.log`;
  if (!task.isHeld || n > 1) return write;
  return `${write}; for i in 1 2 3 4 5 6; do for j in 1 2 3 4 5 6 7 8 9 10; do for k in 1 2 3 4 5; do if [ -e ${folder}/free-${task.id} ]; then exit 0; fi; sleep 0.2; done; done; done`;
}
