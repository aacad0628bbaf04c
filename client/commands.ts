/** What a line of the operator means: a message, a control command, or something for the console itself. */
import { type ControlCommand, nearControl, parseControl } from "../agents/protocol/control.ts";

/** Answered by the console; nothing of them is sent. */
const LOCAL_COMMANDS = [
  "/help",
  "/status",
  "/agents",
  "/watch",
  "/output",
  "/think",
  "/history",
  "/dead",
] as const;
export type LocalCommand = (typeof LOCAL_COMMANDS)[number];

export const SLASH_COMMANDS = [...LOCAL_COMMANDS, "/stop", "/clear", "/exit", "/quit"] as const;

export type Input =
  | { kind: "nothing" }
  | { kind: "message"; content: string }
  | { kind: "control"; command: ControlCommand }
  /** Close to a control word: the operator is asked. */
  | { kind: "unsure"; command: ControlCommand; content: string }
  | { kind: "local"; command: LocalCommand; argument: string }
  | { kind: "exit" }
  | { kind: "unknown"; name: string; near: string[] };

/**
 * Control words, `exit`, `quit` and /commands count only when they are the whole input, spaces aside; a
 * text of several lines is always a message, and so is one that begins with a path.
 */
export function parseInput(content: string): Input {
  const text = content.trim();
  if (text === "") return { kind: "nothing" };
  const slash = /^(\/[\w-]*)(?:[ \t](.*))?$/.exec(text);
  if (slash) return parseSlash(slash[1]?.toLowerCase() ?? "", slash[2] ?? "");
  if (text === "exit" || text === "quit") return { kind: "exit" };
  const command = parseControl(text);
  if (command) return { kind: "control", command };
  const near = nearControl(text);
  return near ? { kind: "unsure", command: near, content } : { kind: "message", content };
}

/** Whether a line is acted on by itself where lines are not marked as belonging together (a pipe). */
export function isActedOnAlone(line: string): boolean {
  const { kind } = parseInput(line);
  if (kind === "unknown") return false;
  return kind === "control" || kind === "exit" || kind === "local";
}

function parseSlash(name: string, argument: string): Input {
  const local = LOCAL_COMMANDS.find((command) => command === name);
  if (local) return { kind: "local", command: local, argument: argument.trim() };
  if (name === "/stop") return { kind: "control", command: "STOP" };
  if (name === "/clear") return { kind: "control", command: "CLEAR" };
  if (name === "/exit" || name === "/quit") return { kind: "exit" };
  const near = SLASH_COMMANDS.filter((command) => isNear(name, command));
  return { kind: "unknown", name, near };
}

function isNear(typed: string, command: string): boolean {
  if (typed.length > 1 && (command.startsWith(typed) || typed.startsWith(command))) return true;
  return editDistance(typed, command) <= 2;
}

/** Letters to add, drop or change (Levenshtein), row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const change = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
