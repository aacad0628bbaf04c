/**
 * Values of shell words that are known in part before the line runs. A hole is one private-use character in the text (the
 * parser lets none in), so that a pattern that does not name it refuses it.
 */

/** A name: begins with a letter, a digit or `_`, has no slash and no space. */
export const NAME = "\ue001";
/** Digits. */
export const NUMBER = "\ue002";
/** Any characters but a slash, also none; the word may become several. */
export const GLOB = "\ue003";
/** A path below what stands before it. */
export const BELOW = "\ue004";
/** Anything, as (part of) one word. */
export const ANY = "\ue005";
/** Anything, also several words or none. */
export const SPLIT = "\ue006";

/** Variables that bash sets itself, or that the session has. */
const KNOWN: Readonly<Record<string, string>> = {
  HOME: "/root",
  HOSTNAME: NAME,
  USER: NAME,
  LOGNAME: NAME,
  "?": NUMBER,
  $: NUMBER,
  "#": NUMBER,
  UID: NUMBER,
  EUID: NUMBER,
  PPID: NUMBER,
  RANDOM: NUMBER,
  SECONDS: NUMBER,
  EPOCHSECONDS: NUMBER,
  LINENO: NUMBER,
};

export function sessionVariable(name: string): string | undefined {
  return Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
}

export function isExact(text: string): boolean {
  return !/[\ue001-\ue006]/.test(text);
}

/** The text holds nothing but known characters, names and numbers. */
export function isNearlyExact(text: string): boolean {
  return !/[\ue003-\ue006]/.test(text);
}

/** The text may stand for several words, or for none. */
export function maySplit(text: string): boolean {
  return text.includes(SPLIT);
}

/** The word may turn out to be an option. */
export function mayBeOption(text: string): boolean {
  return /^[-\ue003\ue005]/.test(text) || maySplit(text);
}

/** How people read it. */
export function shown(text: string): string {
  return text.replaceAll(/[\ue001-\ue006]/g, "…");
}

/** A variable's value where bash does not split it. */
export function quotedValue(value: string): string {
  return value.replaceAll(SPLIT, ANY);
}

/** A variable's value where bash splits it and looks for files. */
export function unquotedValue(value: string): string {
  if (value === "" || /[\s*?[\]\\~\ue003\ue004]/.test(value)) return SPLIT;
  return value;
}
