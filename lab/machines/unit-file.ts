/** Unit files of systemd, as far as timers and the services behind them need: sections, keys, lines of commands. */

/** Section to key to values, in order; an empty value forgets those before it. */
export type UnitFile = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

const MAX_BYTES = 64 * 1024;

export function parseUnitFile(text: string): UnitFile {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const line of text.slice(0, MAX_BYTES).replaceAll("\\\n", " ").split("\n")) {
    const trimmed = line.trim();
    if (trimmed.startsWith("[") && trimmed.endsWith("]")) {
      const name = trimmed.slice(1, -1);
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
    }
    const at = trimmed.indexOf("=");
    if (at <= 0 || trimmed.startsWith("#") || trimmed.startsWith(";") || trimmed.startsWith("[")) continue;
    const [key, value] = [trimmed.slice(0, at).trim(), trimmed.slice(at + 1).trim()];
    section.set(key, value === "" ? [] : [...(section.get(key) ?? []), value]);
  }
  return sections;
}

export function valuesOf(file: UnitFile, section: string, key: string): readonly string[] {
  return file.get(section)?.get(key) ?? [];
}

/** Words of an ExecStart, with quotes of both kinds and backslashes; `ignores` when its failure does not count. */
export function splitCommand(line: string): { words: string[]; ignores: boolean } {
  const prefix = /^[-@:+!]*/.exec(line)?.[0] ?? "";
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  const rest = line.slice(prefix.length);
  for (let at = 0; at < rest.length; at++) {
    const character = rest[at] ?? "";
    if (quote !== "" && character === quote) quote = "";
    else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
      word ??= "";
    } else if (character === "\\" && quote !== "'") word = (word ?? "") + (rest[++at] ?? "");
    else if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (word !== undefined) words.push(word);
  return {
    words: words.map((each) => each.replaceAll("%%", "%").replaceAll("$$", "$")),
    ignores: prefix.includes("-"),
  };
}
