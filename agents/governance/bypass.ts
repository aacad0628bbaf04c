/**
 * Finds commands that a line would run around a dedicated tool, so that run_shell can name the tool to use. It is advice
 * to the model, not the border: a shell in the sandbox has neither keys nor state to do harm with.
 */
import { readShell, type ShellCommand } from "./shell-commands.ts";
import { shown } from "./shell-values.ts";
import { shellScript, unwrap } from "./shell-wrappers.ts";

export type Bypass = { program: string; tool: "run_terraform" | "run_ansible" | "run_ssh" };

const MAX_DEPTH = 8;
const SSH = /^(?:ssh|scp|sftp|sshpass|ssh-copy-id|ssh-keyscan)$/;
/** These only look: there is no other way to them. */
const ANSIBLE_READERS = new Set(["ansible-doc", "ansible-lint"]);

/** The first program that the line would run and that has a tool of its own, however it is wrapped. */
export function findBypass(line: string, depth = 0): Bypass | undefined {
  if (depth > MAX_DEPTH) return undefined;
  for (const command of readShell(line).commands) {
    for (const argv of command.argvs) {
      const bypass = judge(argv, command, depth);
      if (bypass) return bypass;
    }
  }
  return undefined;
}

function judge(argv: readonly string[], command: ShellCommand, depth: number): Bypass | undefined {
  const [first = "", ...args] = argv;
  const program = first.slice(first.lastIndexOf("/") + 1);
  if (program === "" || depth > MAX_DEPTH) return undefined;
  const tool = toolFor(program);
  if (tool) return { program: shown(program), tool };
  const wrapped = unwrap([program, ...args]);
  if (wrapped) return judge(wrapped.inner, command, depth + 1);
  const script = shellScript([program, ...args], command.input);
  if (script) return findBypass(script, depth + 1);
  if (program === "find") return judge(afterExec(args), command, depth + 1);
  return /^python[\d.]*$/.test(program) ? ofModule(args) : undefined;
}

function toolFor(program: string): Bypass["tool"] | undefined {
  if (program === "terraform" || program === "tofu") return "run_terraform";
  if (/^ansible(?:-|$)/.test(program) && !ANSIBLE_READERS.has(program)) return "run_ansible";
  return SSH.test(program) ? "run_ssh" : undefined;
}

/** `python -m ansible playbook`. */
function ofModule(args: readonly string[]): Bypass | undefined {
  const at = args.findIndex((arg) => /^-[A-Za-z]*m$/.test(arg));
  const isScript = args.slice(0, at).some((arg) => !arg.startsWith("-"));
  const name = at === -1 || isScript ? undefined : args[at + 1];
  return name && /^ansible(?:\.|$)/.test(name)
    ? { program: `python -m ${name}`, tool: "run_ansible" }
    : undefined;
}

function afterExec(args: readonly string[]): string[] {
  const at = args.findIndex((arg) => /^-(?:exec|execdir|ok|okdir)$/.test(arg));
  return at === -1 ? [] : args.slice(at + 1);
}
