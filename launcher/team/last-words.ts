/** What a program said last: the end of its log, without the records, the stack and the wrapping. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const TAIL_BYTES = 8_192;
const MAX_CHARS = 400;
const MAX_LINES = 3;
/** Lines of a log in JSON, of a stack, of Node's own report, and our own remarks. */
const NOT_SAID = /^(?:\{|\s|at |node:|Node\.js v|\[minilab\])/;

/** Of what stands behind the first `fromByte` bytes of the log; "" when there is nothing. */
export function lastWords(log: string, fromByte: number): string {
  const lines = tailOf(log, fromByte)
    .split("\n")
    .filter((line) => line !== "");
  const said = lines.filter((line) => !NOT_SAID.test(line)).slice(-MAX_LINES);
  return (said.length > 0 ? said : lines.slice(-1)).join(" ").slice(0, MAX_CHARS);
}

function tailOf(log: string, fromByte: number): string {
  const file = openSync(log, "r");
  try {
    const { size } = fstatSync(file);
    const start = Math.max(fromByte, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    readSync(file, buffer, 0, buffer.length, start);
    return buffer.toString("utf8");
  } finally {
    closeSync(file);
  }
}
