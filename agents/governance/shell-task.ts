/**
 * A command as Ansible and Terraform are given it, handed to the judge of shell lines as what will really run: words that no
 * shell sees are quoted, and what `sh` runs is judged as text for `sh`.
 */
import { type Classification, classifyShell } from "./effects.ts";

export type ShellTask = {
  /** `words`: no shell looks at it. */
  by: "words" | "sh" | "bash";
  text: string | readonly string[];
  /** Where it is run. */
  folder?: string | undefined;
  /** It finds something on its input that is not known. */
  isFed?: boolean;
};

export function classifyTask({ by, text, folder, isFed = false }: ShellTask): Classification {
  const place = (folder === undefined ? "" : `cd ${quoted(folder)} && `) + (isFed ? "cat /etc/hosts | " : "");
  if (by !== "words") return classifyShell(`${place}${by} -c ${quoted(String(text))}`);
  const words = typeof text === "string" ? splitWords(text) : text;
  if (!words) return unclear(String(text), "has a quote without an end");
  if (words.length === 0) return unclear("", "runs nothing");
  const variable = words.find((word) => /\$(?:[A-Za-z_]|\d*[A-Za-z_]|\{)/.test(word));
  if (variable !== undefined) return unclear(variable, "has a variable of the host's environment");
  return classifyShell(place + words.map(quoted).join(" "));
}

/** As Python's shlex.split does it, without comments. Undefined for a quote without an end. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === quote) quote = "";
    else if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
      word ??= "";
    } else if (char === "\\" && isEscape(quote, text[at + 1])) word = (word ?? "") + (text[++at] ?? "");
    else word = (word ?? "") + char;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}

function isEscape(quote: string, next: string | undefined): boolean {
  return quote === "" || (quote === '"' && (next === '"' || next === "\\"));
}

export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function unclear(part: string, reason: string): Classification {
  return { effect: "infrastructure", part: part.slice(0, 80), reason, remedy: "Write the command out." };
}
