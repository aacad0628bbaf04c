/**
 * Finds commands that go around a dedicated tool, so that run_shell can name the tool to use. It is advice to
 * the model, not the border: a shell in the sandbox has neither keys nor state to do harm with.
 */
import { type ProgramWords, programWords } from "./program-words.ts";

export type Bypass = { program: string; tool: "run_terraform" | "run_ansible" | "run_ssh" };

/** The first program in the command that has a tool of its own, however it is wrapped. */
export function findBypass(command: string, depth = 0): Bypass | undefined {
  for (const found of programWords(command)) {
    const bypass = judge(found, depth);
    if (bypass) return bypass;
  }
  return undefined;
}

const MAX_DEPTH = 8;
const SSH = /^(?:ssh|scp|sftp|sshpass|ssh-copy-id|ssh-keyscan)$/;
/** These only look: there is no other way to them. */
const ANSIBLE_READERS = new Set(["ansible-doc", "ansible-lint"]);
const SHELLS = new Set(["bash", "sh", "dash", "ash", "zsh", "ksh"]);
const KEYWORDS = new Set(["if", "then", "elif", "else", "do", "while", "until", "!", "{", "}", "coproc"]);

/** Programs that run another one: their options that take a value, and how many words come before it. */
const WRAPPERS: Readonly<Record<string, { valued: string; words?: number }>> = {
  sudo: { valued: "ughpCrtTRD" },
  doas: { valued: "uC" },
  env: { valued: "uCS" },
  timeout: { valued: "ks", words: 1 },
  nice: { valued: "n" },
  ionice: { valued: "cnp" },
  stdbuf: { valued: "ioe" },
  xargs: { valued: "InPLdsaE" },
  time: { valued: "fo" },
  watch: { valued: "n" },
  strace: { valued: "eopsu" },
  exec: { valued: "a" },
  flock: { valued: "wE", words: 1 },
  chroot: { valued: "", words: 1 },
  command: { valued: "" },
  builtin: { valued: "" },
  nohup: { valued: "" },
  setsid: { valued: "" },
  busybox: { valued: "" },
};

function judge({ words, input }: ProgramWords, depth: number): Bypass | undefined {
  const [first, ...args] = withoutPrefixes(words);
  if (first === undefined || depth > MAX_DEPTH) return undefined;
  const program = baseName(first);
  const tool = toolFor(program);
  if (tool) return { program, tool };
  const wrapper = Object.hasOwn(WRAPPERS, program) ? WRAPPERS[program] : undefined;
  if (wrapper) return judge({ words: wrapped(args, wrapper), input }, depth + 1);
  for (const script of scriptsOf(program, args, input)) {
    const bypass = findBypass(script, depth + 1);
    if (bypass) return bypass;
  }
  return program === "find" ? judge({ words: afterExec(args), input: [] }, depth + 1) : undefined;
}

function toolFor(program: string): Bypass["tool"] | undefined {
  if (program === "terraform" || program === "tofu") return "run_terraform";
  if (/^ansible(?:-|$)/.test(program) && !ANSIBLE_READERS.has(program)) return "run_ansible";
  return SSH.test(program) ? "run_ssh" : undefined;
}

/** Drops `X=1`, `if`, `{` and the like from the front. */
function withoutPrefixes(words: readonly string[]): string[] {
  const start = words.findIndex((word) => !KEYWORDS.has(word) && !/^\w+\+?=/.test(word));
  return start === -1 ? [] : words.slice(start);
}

function wrapped(
  args: readonly string[],
  { valued, words = 0 }: { valued: string; words?: number },
): string[] {
  let at = 0;
  while (args[at]?.startsWith("-")) {
    const option = args[at] ?? "";
    const takesNext = /^-\w+$/.test(option) && valued.includes(option.at(-1) ?? "");
    at += takesNext ? 2 : 1;
  }
  return withoutPrefixes(withoutPrefixes(args.slice(at)).slice(words));
}

/** Text that the program would run as a script: `bash -c`, `eval`, and what a shell reads. */
function scriptsOf(program: string, args: readonly string[], input: readonly string[]): readonly string[] {
  if (program === "eval") return [args.join(" ")];
  if (!SHELLS.has(program)) return [];
  const flag = args.findIndex((arg) => /^-\w+$/.test(arg) && arg.includes("c"));
  const script = flag === -1 ? undefined : args.slice(flag + 1).find((arg) => !/^[-+]|^pipefail$/.test(arg));
  return script === undefined ? input : [script];
}

function afterExec(args: readonly string[]): string[] {
  const at = args.findIndex((arg) => /^-(?:exec|execdir|ok|okdir)$/.test(arg));
  return at === -1 ? [] : args.slice(at + 1);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
