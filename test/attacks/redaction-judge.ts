/** Whether a secret can be read out of a text: decoded in every usual way, by means of its own, not by the product's. */

/** Undoings, each applied to what the others have made. */
const UNDO: readonly ((text: string) => string)[] = [
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

const MAX_TEXTS = 120;

/** Half of a secret is a leak too. */
export function isLeaked(text: string, secret: string): boolean {
  const halves = secret.split("\n").flatMap((line) => {
    const middle = Math.ceil(line.length / 2);
    return middle < 8 ? [] : [line.slice(0, middle), line.slice(middle)];
  });
  const wanted = halves.length > 0 ? halves : [secret];
  return [...readings(text)].some((reading) => wanted.some((part) => reading.includes(part)));
}

/** The text, and what it says when it is decoded. */
function readings(text: string): Set<string> {
  const found = new Set([text]);
  for (const reading of found) {
    for (const undo of UNDO) if (found.size < MAX_TEXTS) found.add(undo(reading));
  }
  const decoded = [...found].flatMap(decodings);
  return new Set([...found, ...decoded, ...decoded.flatMap(decodings).map(plain)]);
}

/** What is in base64 may have been JSON before. */
function plain(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
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

function decodings(text: string): string[] {
  const dense = text
    .replace(/\\[nr]|[\s",]/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  const base64 = (dense.match(/[A-Za-z0-9+/]{8,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), "base64")),
  );
  const columns = text
    .replace(/^[0-9a-f]{8}: (.{39}).*$/gim, "$1")
    .replace(/^[0-9a-f]{7} ((?:[0-9a-f]{4} ?)+)$/gim, "$1")
    .replace(/[\s:,"-]/g, "");
  const hex = (columns.match(/[0-9a-f]{12,}/gi) ?? []).flatMap((run) =>
    [0, 1].flatMap((offset) => {
      const bytes = Buffer.from(run.slice(offset), "hex");
      return [bytes, Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16()];
    }),
  );
  return [...base64, ...hex].flatMap((bytes) => [bytes.toString(), bytes.toString().replaceAll("\0", "")]);
}
