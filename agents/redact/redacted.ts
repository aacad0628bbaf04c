/**
 * Text that has been redacted, as a type of its own: what leaves the process takes nothing else. A Redactor makes it,
 * once, where a text enters; the functions here put such texts together, cut them and rewrite them, so that nothing has
 * to be redacted again.
 */
import { cutMiddle } from "../base/truncate.ts";

declare const brand: unique symbol;

export type Redacted = string & { readonly [brand]: true };

/** Names the part of `T` that could hold a text nobody has looked at: a string that is neither redacted nor a constant. */
export type Clean<T> = T extends RedactedJson
  ? T
  : T extends string
    ? string extends T
      ? never
      : T
    : T extends object
      ? { [Key in keyof T]: Clean<T[Key]> }
      : unknown extends T
        ? never
        : T;

/** What JSON can hold, redacted. */
export type RedactedJson =
  | Redacted
  | number
  | boolean
  | null
  | readonly RedactedJson[]
  | { readonly [key: string]: RedactedJson };

/** A template whose values are redacted texts, constants of the program and numbers. */
export function redacted<const Values extends readonly (string | number)[]>(
  words: TemplateStringsArray,
  ...values: Values & Clean<Values>
): Redacted {
  return String.raw({ raw: words }, ...values) as Redacted; // cooked: an escape means what it means
}

/** With a constant between them. */
export function joinRedacted<Separator extends string>(
  parts: readonly Redacted[],
  separator: Clean<Separator> & Separator,
): Redacted {
  return parts.join(separator) as Redacted;
}

/** From one place to another, as `slice` counts them. */
export function sliceRedacted(text: Redacted, start: number, end?: number): Redacted {
  return text.slice(start, end) as Redacted;
}

/** Head and tail, as cutMiddle gives them. */
export function cutRedacted(
  text: Redacted,
  options: Parameters<typeof cutMiddle>[1] = {},
): { text: Redacted; truncated: boolean } {
  return cutMiddle(text, options) as { text: Redacted; truncated: boolean };
}

/** Escaped, indented, trimmed: `change` adds nothing but what is known before anybody says anything. */
export function rewrite(text: Redacted, change: (text: string) => string): Redacted {
  return change(text) as Redacted;
}

/** Made of parts of redacted texts, by whoever had them as bytes. */
export function fromRedactedParts(text: string): Redacted {
  return text as Redacted;
}

/** The program's own: a number in words, a digest, a time, an address that it was started with. */
export function ours(text: string): Redacted {
  return text as Redacted;
}
