/** A command typed on a node, and what Proxmox VE 9 on Debian 13 answers to it, by a source that is named. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import type { StartState } from "../../../lab/cluster/start-states.ts";
import type { Ended } from "./reality/world.ts";

/** Regular expressions, with `^` and `$` at the ends of lines. */
const patterns = z.array(z.string()).default([]);

const CommandCase = z.strictObject({
  command: z.string().min(1),
  node: z.string().default("pve1"),
  /** As a login of this user, by key. */
  user: z.string().default("root"),
  /** `failure` where the real exit code is whatever errno was: neither 0 nor that of a program that is not there. */
  exit: z.union([z.number(), z.array(z.number()), z.literal("failure")]).default(0),
  stdout: patterns,
  stderr: patterns,
  /** In neither of the two. */
  never: patterns,
  /** Less than right, but nobody is misled: of both outputs, with the right exit code. */
  plausible: patterns,
  /** Pages of manuals, files of Proxmox' repositories, guides. */
  source: z.string().min(1),
  /** Its number in the list of what was found missing on a real node's stand-in. */
  case: z.string().optional(),
});
export type CommandCase = z.infer<typeof CommandCase>;

/** Typed one after the other on one lab, which begins in `start`. */
export type Topic = { name: string; start: StartState; cases: CommandCase[] };

const Heading = z.strictObject({ start: z.enum(["fresh", "day3"]) });

export const COMMANDS_DIR = join(import.meta.dirname, "commands");

export function readTopics(directory = COMMANDS_DIR): Topic[] {
  return globSync("*.jsonl", { cwd: directory })
    .sort()
    .map((file) => {
      const lines = readFileSync(join(directory, file), "utf8").split("\n").filter(Boolean);
      const [heading, ...cases] = lines.map((line): unknown => JSON.parse(line));
      const { start } = Heading.parse(heading);
      return { name: basename(file, ".jsonl"), start, cases: cases.map((one) => CommandCase.parse(one)) };
    });
}

export type Verdict = "right" | "plausible" | "not_simulated" | "wrong";

const GAP = /^lab: |not simulated/m;

export function judgeCommand(wanted: CommandCase, { exitCode, stdout, stderr }: Ended): Verdict {
  const both = `${stdout}\n${stderr}`;
  if (GAP.test(both)) return "not_simulated";
  if (!isWantedExit(wanted.exit, exitCode) || matchesAny(wanted.never, both)) return "wrong";
  if (matchesAll(wanted.stdout, stdout) && matchesAll(wanted.stderr, stderr)) return "right";
  return wanted.plausible.length > 0 && matchesAll(wanted.plausible, both) ? "plausible" : "wrong";
}

function isWantedExit(wanted: CommandCase["exit"], got: number | null): boolean {
  if (wanted === "failure") return got !== null && got !== 0 && got !== 126 && got !== 127;
  return Array.isArray(wanted) ? got !== null && wanted.includes(got) : got === wanted;
}

function matchesAll(wanted: readonly string[], text: string): boolean {
  return wanted.every((pattern) => matches(pattern, text));
}

function matchesAny(unwanted: readonly string[], text: string): boolean {
  return unwanted.some((pattern) => matches(pattern, text));
}

const READ = 32_768;

function matches(pattern: string, text: string): boolean {
  // Linear because the patterns are this folder's own, and only the beginning of an answer is read.
  return new RegExp(pattern, "m").test(text.slice(0, READ));
}
