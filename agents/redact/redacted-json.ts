/** Values of JSON, as models and journals have them: redacted, and what must not be seen in a box of its own. */
import type { Redactor } from "./redact.ts";
import type { RedactedJson } from "./redacted.ts";

export type Sifted = { value: RedactedJson; hadSecret: boolean };

/** Redacts each text of a value that JSON can hold. Where that does not suffice nothing of it is left. */
export function redactJson(redactor: Redactor, value: unknown): Sifted {
  const json = JSON.stringify(value) ?? "null";
  if (redactor.find(json).length === 0) return { value: (value ?? null) as RedactedJson, hadSecret: false };
  const clean = mapTexts(value, redactor);
  const isClean = redactor.find(JSON.stringify(clean)).length === 0;
  return { value: isClean ? clean : {}, hadSecret: true };
}

function mapTexts(value: unknown, redactor: Redactor): RedactedJson {
  if (typeof value === "string") return redactor(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, redactor));
  if (typeof value !== "object" || value === null) return value as number | boolean | null;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactor(key), mapTexts(item, redactor)]),
  );
}

/** A value that held a secret, for the one who has to use it: it says nothing to JSON, to a log and to a debugger. */
export class Sealed {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  open(): unknown {
    return this.#value;
  }

  toJSON(): undefined {}
}
