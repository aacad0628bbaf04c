/** What somebody who reads a text can undo in it, by means of its own, not by the product's. */

/** Each is applied to what the others have made. */
export const UNDO: readonly ((text: string) => string)[] = [
  (text) => text.replace(/[\0\u200b-\u200d\u2060\ufeff\u00ad]/g, ""),
  (text) =>
    text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString()),
  (text) =>
    text.replace(/(?:\\x[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replace(/\\x/gi, ""), "hex").toString()),
  (text) =>
    text.replace(/0x([0-9a-f]{2})(?:, )?/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  (text) => text.replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  (text) => text.replaceAll("\\n", "\n").replace(/\\([^\w])/g, "$1"),
  (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))),
  (text) => text.replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16))),
  (text) =>
    text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&"),
  (text) => text.replaceAll("'\\''", "'").replaceAll(`'"'"'`, "'"),
  (text) => text.replaceAll("+", " "),
  (text) =>
    text.replace(/(?:=[0-9a-f]{2})+|=\r?\n/gi, (run) =>
      Buffer.from(run.replace(/[=\r\n]/g, ""), "hex").toString(),
    ),
  (text) =>
    text.replace(/\d{1,3}(?:, ?\d{1,3}){3,400}/g, (list) =>
      Buffer.from(list.split(",").map(Number)).toString(),
    ),
  characterDump,
];

/** By themselves, on what the strings of a text say: each gives one or more readings. */
export const UNDO_ALONE: readonly ((text: string) => string | string[])[] = [
  withoutColours,
  (text) => [...text].filter((_, at, all) => all[at] !== "\b" && all[at + 1] !== "\b").join(""),
  (text) =>
    text.replace(/(?:\\0?[0-3][0-7]{2})+/g, (run) =>
      Buffer.from(
        run
          .split("\\")
          .map((code) => Number.parseInt(code, 8))
          .slice(1),
      ).toString(),
    ),
  (text) => [8, 10].map((base) => numbers(text, base)),
  (text) => text.replace(/\\(.)/gs, "$1"),
  (text) => text.replaceAll("'\\''", "'").replace(/["'][ \n]{0,20}(?:[+.]|\\\n)?[ \n]{0,20}["']/g, ""),
  (text) => text.replace(/["']/g, ""),
  (text) =>
    (text.replace(/[\s"',]/g, "").match(/[A-Za-z2-7]{16,}/g) ?? []).flatMap((run) => base32(run, BASE32)),
  (text) =>
    (text.replace(/[\s"',]/g, "").match(/[0-9A-Va-v]{16,}/g) ?? []).flatMap((run) => base32(run, BASE32_HEX)),
  (text) => bits(text.replace(/^[0-9a-f]{8}: ((?:[01]{8} ){1,6}).*$/gm, "$1")),
];

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE32_HEX = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

function withoutColours(text: string): string {
  const parts = text.replaceAll("^[", "\x1b").replaceAll("\x07", "\n").split("\x1b");
  return parts
    .map((part, index) => (index === 0 ? part : part.replace(/^(?:\[[\d;]*[A-Z]|\].*\n)/i, "")))
    .join("");
}

function numbers(text: string, base: number): string {
  const words = text.replace(/^[0-7]{7}(?= )/gm, "").split(/\s+/);
  return Buffer.from(
    words.map((word) => Number.parseInt(word, base)).filter((code) => code < 256),
  ).toString();
}

/** From each of the eight places within a group. */
function base32(run: string, letters: string): string[] {
  const digits = [...run.toUpperCase()].map((letter) => letters.indexOf(letter));
  const bits = digits.map((digit) => digit.toString(2).padStart(5, "0")).join("");
  return [0, 5, 10, 15, 20, 25, 30, 35].map((from) => {
    const bytes = bits.slice(from).match(/[01]{8}/g) ?? [];
    return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))).toString();
  });
}

function bits(text: string): string[] {
  return (text.replace(/[\s"',]/g, "").match(/[01]{32,}/g) ?? []).map((run) =>
    Buffer.from((run.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))).toString(),
  );
}

/** Of `od -c`: four columns a character, behind an address. */
function characterDump(text: string): string {
  const rows = [...text.matchAll(/^[0-7]{7}(( {3}.| {2}\\.| [0-7]{3})+)$/gm)].map(([, row = ""]) => row);
  const columns = rows.flatMap((row) => row.match(/.{4}/g) ?? []).map((column) => column.trim() || " ");
  return Buffer.from(
    columns.flatMap((column) =>
      column.length === 3 ? Number.parseInt(column, 8) : (column.codePointAt(column.length - 1) ?? 0),
    ),
  ).toString();
}
