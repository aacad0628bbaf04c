/** The forms in which programs print a value, each made the way that program does it: what redaction must see through. */
import { disguisedFormsOf } from "./disguised-forms.ts";

export function formsOf(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret);
  const inHex = (separator: string) =>
    [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(separator);
  return {
    "as it is": secret,
    JSON: JSON.stringify(secret).slice(1, -1),
    "JSON of ASCII, with escaped slashes": secret
      .replace(/[^ -~]/g, (c) => `\\u${hexOf(c, 4)}`)
      .replace(/["\\]/g, "\\$&")
      .replaceAll("\\\\u", "\\u")
      .replaceAll("/", "\\/"),
    "JSON, every character escaped": [...secret].map((c) => `\\u${hexOf(c, 4)}`).join(""),
    "JSON in JSON": JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    URL: encodeURIComponent(secret),
    "URL, lower case, every byte": `%${inHex("%")}`,
    "a form's field": new URLSearchParams({ a: secret }).toString().slice(2),
    base64: bytes.toString("base64"),
    "base64, shifted by one": Buffer.from(`x${secret}`).toString("base64"),
    "base64, shifted by two": Buffer.from(`xy${secret}z`).toString("base64"),
    "base64 in short lines": bytes.toString("base64").replace(/.{20}/g, "$&\n    "),
    "base64 in a JSON string": bytes.toString("base64").replace(/.{20}/g, "$&\\n").replaceAll("/", "\\/"),
    base64url: bytes.toString("base64url"),
    hex: bytes.toString("hex"),
    "hex, upper case": bytes.toString("hex").toUpperCase(),
    "hex with colons": inHex(":"),
    "C's hex": inHex(", 0x").replace(/^/, "0x"),
    "bytes of a shell": inHex("\\x").replace(/^/, "\\x"),
    "UTF-16": Buffer.from(secret, "utf16le").toString(),
    "UTF-16, the other way round": Buffer.from(secret, "utf16le").swap16().toString(),
    "base64 of UTF-16": Buffer.from(secret, "utf16le").toString("base64"),
    HTML: secret.replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`),
    "HTML by names": secret
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;"),
    "HTML in hex": secret.replace(/[&<>"']/g, (c) => `&#x${hexOf(c, 2)};`),
    "a shell's single quotes": secret.replaceAll("'", `'\\''`),
    "a shell's other quotes": secret.replaceAll("'", `'"'"'`),
    "a shell's backslashes": secret.replace(/[^\w]/g, "\\$&"),
    "od -An -tx1": inHex(" ").replace(/((?:\w\w ){15}\w\w) /g, "$1\n "),
    xxd: dump(bytes),
    ...nestedFormsOf(secret, bytes),
    ...disguisedFormsOf(secret),
  };
}

/** One way of writing within another. */
function nestedFormsOf(secret: string, bytes: Buffer): Record<string, string> {
  const lines = bytes.toString("base64").replace(/.{20}/g, "$&\r\n");
  const json = JSON.stringify({ password: secret });
  return {
    "base64 of JSON": Buffer.from(json).toString("base64"),
    "base64 twice": Buffer.from(bytes.toString("base64")).toString("base64"),
    "base64 of hex": Buffer.from(bytes.toString("hex")).toString("base64"),
    "base64 in lines, in a URL": encodeURIComponent(lines),
    "base64 in lines, in JSON in JSON": JSON.stringify(JSON.stringify(lines)),
    "base64 in an array of lines": JSON.stringify(lines.split("\r\n"), null, 1),
    "hex of JSON": Buffer.from(json).toString("hex"),
    "hex of UTF-16": Buffer.from(secret, "utf16le").toString("hex"),
    "xxd in a JSON string": JSON.stringify(dump(bytes)),
    hexdump: words(bytes),
    "hexdump in a JSON string": JSON.stringify(words(bytes)),
    "od -c": characters(bytes),
    "bytes in an array": JSON.stringify([...bytes]),
    "quoted-printable": quotedPrintable(bytes),
    "URL twice": encodeURIComponent(encodeURIComponent(secret)),
    "JSON four times": [1, 2, 3, 4].reduce((text) => JSON.stringify(text), secret),
    "JSON in HTML": json.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;"),
    "a URL in JSON, with every slash escaped": JSON.stringify(`/?p=${encodeURIComponent(secret)}`).replaceAll(
      "/",
      "\\/",
    ),
  };
}

function hexOf(text: string, width: number): string {
  return text.codePointAt(0)?.toString(16).padStart(width, "0") ?? "";
}

/** As xxd prints it. */
function dump(all: Buffer): string {
  return Array.from({ length: Math.ceil(all.length / 16) }, (_, row) => {
    const part = all.subarray(16 * row, 16 * row + 16);
    const columns = part.toString("hex").replace(/.{4}/g, "$& ").trim().padEnd(39);
    const shown = part.toString("latin1").replace(/[^ -~]/g, ".");
    return `${(16 * row).toString(16).padStart(8, "0")}: ${columns}  ${shown}`;
  }).join("\n");
}

/** As hexdump prints it: two bytes at a time, the second first. */
function words(bytes: Buffer): string {
  const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]).swap16();
  return rowsOf(even)
    .map((row, index) => `${(16 * index).toString(16).padStart(7, "0")} ${row}`)
    .join("\n");
}

function rowsOf(bytes: Buffer): string[] {
  return (bytes.toString("hex").match(/.{1,32}/g) ?? []).map((row) => row.replace(/.{4}(?=.)/g, "$& "));
}

/** As `od -c` prints it. */
function characters(bytes: Buffer): string {
  const columns = [...bytes].map((code) =>
    (code < 127 ? String.fromCharCode(code) : code.toString(8)).replace("\\", "\\\\").padStart(4),
  );
  const rows = Array.from({ length: Math.ceil(columns.length / 16) }, (_, row) =>
    columns.slice(16 * row, 16 * row + 16).join(""),
  );
  return rows.map((row, index) => `${(16 * index).toString(8).padStart(7, "0")}${row}`).join("\n");
}

/** With short lines. */
function quotedPrintable(bytes: Buffer): string {
  const letters = [...bytes].map((code) =>
    code === 0x3d || code > 126
      ? `=${code.toString(16).toUpperCase().padStart(2, "0")}`
      : String.fromCharCode(code),
  );
  return letters.map((letter, index) => (index % 20 === 19 ? `${letter}=\n` : letter)).join("");
}
