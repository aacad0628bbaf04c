/** The kinds of operands and values in the tables of what only reads; read-programs.ts says what each stands for. */
import { isKnownHost } from "./shell-hosts.ts";
import { isReadableFile } from "./shell-paths.ts";
import { isExact, isNearlyExact, maySplit } from "./shell-values.ts";

export type Kind = (text: string) => boolean;

const KINDS: Readonly<Record<string, Kind>> = {
  N: (text) => /^[-+]?[\d\ue002][\w.:,\ue002-]*$/.test(text),
  W: (text) => !maySplit(text),
  E: isExact,
  X: (text) => isNearlyExact(text) && text !== "",
  F: isReadableFile,
  L: (text) => isReadableFile(text) && !text.includes(":"),
  K: (text) => !maySplit(text) && !/[=\ue005]/.test(text),
  O: (text) => isExact(text) && !/^=?[\w-]*file/i.test(text),
  H: isKnownHost,
  T: (text) => /^[\w.:@/\ue001\ue002-]+$/.test(text),
  D: (text) => text.startsWith("+"),
  P: (text) => isNearlyExact(text) && /^\/dev\/(?!watchdog|.*\.\.)[\w/.-]+$/.test(text),
};

/** Not one of the letters. */
export function isWordList(token: string): boolean {
  return !Object.hasOwn(KINDS, token);
}

/** By its letter, or by the words that it may be. Error for what is neither. */
export function kindOf(token: string): Kind {
  if (KINDS[token]) return KINDS[token];
  const words = new Set(token.split("|"));
  if (!/^[\w+./|:-]+$/.test(token)) throw new Error(`a table of programs has the kind ${token}`);
  return (text) => words.has(text);
}
