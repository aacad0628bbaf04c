/** What a line of the operator means: a message, a control command, or something for the console itself. */
import { nearNames } from "../agents/base/near-names.ts";
import { type ControlCommand, nearControl, parseControl } from "../agents/protocol/control.ts";

/** Answered by the console; nothing of them is sent. */
const LOCAL_COMMANDS = [
  "/help",
  "/status",
  "/agents",
  "/watch",
  "/output",
  "/cost",
  "/budget",
  "/mission",
  "/checks",
  "/host",
  "/pending",
  "/show",
  "/grant",
  "/deny",
  "/mode",
  "/think",
  "/history",
  "/dead",
] as const;
export type LocalCommand = (typeof LOCAL_COMMANDS)[number];

/** Longer is no slip of a name. */
const MAX_NAME_CHARS = 40;

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
  const command = parseControl(text) ?? (/^stop[.!]*$/i.test(text) ? "STOP" : undefined);
  if (command) return { kind: "control", command };
  const near = nearControl(text) ?? askedToStop(text);
  return near ? { kind: "unsure", command: near, content } : { kind: "message", content };
}

/** A few words to everybody that ask to stop: as a message they would set a stopped team going. */
function askedToStop(text: string): ControlCommand | undefined {
  const words = text
    .toLowerCase()
    .split(/[\s,.!]+/)
    .filter((word) => word !== "");
  const isShort = words.length <= 4 && !text.includes("@") && !text.includes("\n");
  return isShort && (words[0] === "stop" || (words[0] === "please" && words[1] === "stop"))
    ? "STOP"
    : undefined;
}

/** Whether a line is acted on by itself where lines are not marked as belonging together (a pipe). */
export function isActedOnAlone(line: string): boolean {
  const { kind } = parseInput(line);
  if (kind === "control") return parseControl(line) !== undefined || line.trim().startsWith("/");
  return kind === "exit" || kind === "local";
}

function parseSlash(name: string, argument: string): Input {
  const local = LOCAL_COMMANDS.find((command) => command === name);
  if (local) return { kind: "local", command: local, argument: argument.trim() };
  if (name === "/stop") return { kind: "control", command: "STOP" };
  if (name === "/clear") return { kind: "control", command: "CLEAR" };
  if (name === "/exit" || name === "/quit") return { kind: "exit" };
  return { kind: "unknown", name, near: nearNames(name.slice(0, MAX_NAME_CHARS), SLASH_COMMANDS) };
}
