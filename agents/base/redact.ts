/**
 * The one sink for secrets: what leaves the process (prompt, Redis, logs, docs, console) goes through a
 * Redactor first. Known values are found by exact match, in the forms in which programs print them; key
 * blocks by their shape.
 */
export type Redactor = (text: string) => string;

export const REDACTED = "[redacted]";

/** Shorter values would blank out ordinary words. */
const MIN_SECRET_CHARS = 6;

const PATTERNS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bPVEAPIToken=[^\s"']+/g,
  /\bsk-[A-Za-z0-9_-]{20,}/g,
];

/** `secrets` are the values to hide; duplicates, blanks and very short values are ignored. */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const forms = [
    ...new Set([...secrets].filter((value) => value.length >= MIN_SECRET_CHARS).flatMap(formsOf)),
  ];
  forms.sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const form of forms) clean = clean.replaceAll(form, REDACTED);
    for (const pattern of PATTERNS) clean = clean.replace(pattern, REDACTED);
    return clean;
  };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString("hex"),
    ...base64Forms(bytes),
  ];
}

/** Base64 of the bytes at each of the three alignments, without the characters that depend on neighbours. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    const start = Math.ceil((shift * 8) / 6);
    const end = Math.floor(((shift + bytes.length) * 8) / 6);
    const form = padded.slice(start, end);
    return form.length < MIN_SECRET_CHARS ? [] : [form, form.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
