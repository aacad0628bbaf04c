/**
 * Commands out of a stream of bytes as Redis' clients send them: arrays of bulk strings
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/). Bounded; a byte that does not belong ends it.
 */
import { MAX_CONTENT_CHARS } from "../../agents/protocol/message.ts";

/** A message with every character escaped, and what is around it. */
const MAX_BYTES = 7 * MAX_CONTENT_CHARS;
const MAX_WORDS = 64;

export class RespCommands {
  #rest: Buffer = Buffer.alloc(0);

  /** The commands that are whole now; undefined when this is no such stream. */
  take(chunk: Buffer): string[][] | undefined {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const commands: string[][] = [];
    for (;;) {
      const next = readCommand(this.#rest);
      if (next === "broken" || this.#rest.length > MAX_BYTES) return undefined;
      if (next === "unfinished") return commands;
      commands.push(next.words);
      this.#rest = this.#rest.subarray(next.end);
    }
  }
}

export function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

type Read = { words: string[]; end: number } | "unfinished" | "broken";

function readCommand(bytes: Buffer): Read {
  const head = readLength(bytes, 0, "*");
  if (typeof head === "string") return head;
  if (head.length < 1 || head.length > MAX_WORDS) return "broken";
  const words: string[] = [];
  let at = head.end;
  for (let index = 0; index < head.length; index++) {
    const size = readLength(bytes, at, "$");
    if (typeof size === "string") return size;
    const end = size.end + size.length;
    if (bytes.length < end + 2) return size.length > MAX_BYTES ? "broken" : "unfinished";
    if (bytes.toString("latin1", end, end + 2) !== "\r\n") return "broken";
    words.push(bytes.toString("utf8", size.end, end));
    at = end + 2;
  }
  return { words, end: at };
}

/** `*3\r\n` or `$5\r\n`. */
function readLength(
  bytes: Buffer,
  at: number,
  kind: "*" | "$",
): { length: number; end: number } | "unfinished" | "broken" {
  if (bytes.length === at) return "unfinished";
  const text = bytes.toString("latin1", at, at + 16);
  const found = /^[*$](\d{1,8})\r\n/.exec(text);
  if (text[0] !== kind) return "broken";
  if (found?.[1] === undefined) return text.length < 12 ? "unfinished" : "broken";
  return { length: Number(found[1]), end: at + found[0].length };
}
