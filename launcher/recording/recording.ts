/** A recorded session, read whole from its file: messages, the journals of their turns, and what is wrong with the file. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { AppError } from "../../agents/base/errors.ts";
import { type RecordedTurn as BusTurn, THREAD } from "../../agents/bus/journal-keys.ts";
import type { Message } from "../../agents/protocol/message.ts";
import type { Role } from "../../agents/protocol/roles.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import type { Difference, Entries } from "./difference.ts";
import { decodeLine, type Line, type ReadLine } from "./format.ts";

/** It is held in memory. */
const MAX_BYTES = 512_000_000;

export type RecordedTurn = { role: Role; message: Message; entries: Entries };

export type Recording = {
  session: string;
  /** In the order in which they were said. */
  messages: readonly Message[];
  /** Turns of which something is recorded. */
  turns: readonly RecordedTurn[];
  /** Lines that are not what was written, at the places that they tell of. */
  altered: readonly Difference[];
  /** What is wrong with the file as a whole, in a line each. */
  flaws: readonly string[];
};

/** AppError `bad_arguments` for what is no recording of this format, or too large. */
export async function readRecording(file: string, redactor: Redactor): Promise<Recording> {
  const { size } = await stat(file).catch((error: unknown) => {
    throw new AppError("bad_arguments", `${file} cannot be read`, { cause: error });
  });
  if (size > MAX_BYTES) throw new AppError("bad_arguments", `${file} is larger than ${MAX_BYTES} bytes`);
  return assemble(await readLines(file), redactor);
}

async function readLines(file: string): Promise<ReadLine[]> {
  const lines: ReadLine[] = [];
  for await (const json of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const line = decodeLine(json);
    if (!line)
      throw new AppError("bad_arguments", `line ${lines.length + 1} of ${file} is none of a recording`);
    lines.push(line);
  }
  return lines;
}

export function assemble(lines: readonly ReadLine[], redactor: Redactor): Recording {
  const header = lines[0]?.what;
  if (header?.kind !== "header") throw new AppError("bad_arguments", "a recording begins with its header");
  const messages = lines.flatMap(({ what }) => (what.kind === "message" ? [toMessage(what, redactor)] : []));
  const byId = new Map(messages.map((message) => [message.id, message]));
  const turns = new Map<string, RecordedTurn & { entries: Map<string, unknown> }>();
  for (const { what } of lines) {
    const message = what.kind === "entry" ? byId.get(what.message) : undefined;
    if (what.kind !== "entry" || !message) continue;
    const key = `${what.role} ${what.message}`;
    const turn = turns.get(key) ?? { role: what.role, message, entries: new Map() };
    turns.set(key, turn);
    turn.entries.set(what.key, what.value);
  }
  return {
    session: header.session,
    messages,
    turns: [...turns.values()],
    altered: lines.flatMap(({ isAltered, what }) => (isAltered ? [alteration(what)] : [])),
    flaws: [...missing(lines), ...(lines.at(-1)?.what.kind === "end" ? [] : ["it has no end"])],
  };
}

function toMessage({ message }: Line & { kind: "message" }, redactor: Redactor): Message {
  return { kind: "message", ...message, content: redactor(message.content) } as Message;
}

function alteration(what: Line): Difference {
  const where =
    "role" in what
      ? { role: what.role, message: what.message }
      : { role: "Architect_Zero" as Role, message: "" };
  const at = what.kind === "entry" ? what.key : what.kind;
  return { place: { ...where, at }, recorded: "another line: this one was altered", now: "" };
}

/** Lines by their numbers. */
function missing(lines: readonly ReadLine[]): string[] {
  return lines.flatMap(({ line }, index) => {
    const before = index === 0 ? -1 : (lines[index - 1]?.line ?? -1);
    return line === before + 1 ? [] : [`after line ${before} comes line ${line}`];
  });
}

/** The turns that a turn's thread was made of, as its role's bus had them. */
export function pastOf(turns: readonly RecordedTurn[], { role, message, entries }: RecordedTurn): BusTurn[] {
  const ids = (entries.get(THREAD) ?? []) as readonly string[];
  return ids
    .filter((id) => id !== message.id)
    .flatMap((id) => turns.filter((turn) => turn.role === role && turn.message.id === id))
    .map((turn) => ({ messageId: turn.message.id, entries: new Map([...turn.entries].map(asInJournal)) }));
}

function asInJournal([key, value]: readonly [string, unknown]): [string, string] {
  return [key, key === "status" ? String(value) : JSON.stringify(value)];
}
