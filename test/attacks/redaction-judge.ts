/** Whether a secret can be read out of a text: decoded in every usual way, by means of its own, not by the product's. */

import { UNDO, UNDO_ALONE } from "./redaction-undoings.ts";

const MAX_TEXTS = 120;

/** Half of a secret is a leak too. */
export function isLeaked(text: string, secret: string): boolean {
  const halves = secret.split("\n").flatMap((line) => {
    const middle = Math.ceil(line.length / 2);
    return middle < 8 ? [] : [line.slice(0, middle), line.slice(middle)];
  });
  const wanted = halves.length > 0 ? halves : [secret];
  return readingsOf(text).some((reading) => wanted.some((part) => reading.includes(part)));
}

/** Of what was hidden whole little is left, and mostly the same. */
const SHORT_CHARS = 100;
const ofShortTexts = new Map<string, readonly string[]>();

function readingsOf(text: string): readonly string[] {
  const known = ofShortTexts.get(text) ?? [...readings(text)];
  if (text.length <= SHORT_CHARS) ofShortTexts.set(text, known);
  return known;
}

/** The text, and what it says when it is decoded. */
function readings(text: string): Set<string> {
  const found = new Set([text]);
  for (const reading of found) {
    for (const undo of UNDO) if (found.size < MAX_TEXTS) found.add(undo(reading));
  }
  const decoded = [...found].flatMap(decodings);
  const alone = [text, ...unquoted(text)].flatMap((said) => UNDO_ALONE.flatMap((undo) => undo(said)));
  return new Set([...found, ...alone, ...decoded, ...decoded.flatMap(decodings).map(plain)]);
}

/** What a string of JSON, and one within it, says. */
function unquoted(text: string): string[] {
  const strings: Readonly<Record<string, string>> = {
    n: "\n",
    b: "\b",
    u001b: "\x1b",
    u0007: "\x07",
    u0008: "\b",
  };
  const once = text.replace(/\\(u00..|.)/g, (_, written: string) => strings[written] ?? written);
  return once === text ? [] : [once, ...unquoted(once)];
}

/** What is in base64 may have been JSON before. */
function plain(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
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
