/** What is typed behind `lvcreate` and its like: options, and sizes in bytes. */

export type LvmWords = {
  /** Without its group; empty where it is not told by name. */
  name: string;
  size: string;
  /** Of a thin volume. */
  virtual: string;
  pool: string;
  isThin: boolean;
  /** Nobody is asked. */
  isSure: boolean;
  resizesFile: boolean;
  operands: string[];
};

const FLAGS: Readonly<Record<string, Partial<LvmWords>>> = {
  ...{ "-T": { isThin: true }, "--thin": { isThin: true } },
  ...{
    "-y": { isSure: true },
    "--yes": { isSure: true },
    "-f": { isSure: true },
    "--force": { isSure: true },
  },
  ...{ "-r": { resizesFile: true }, "--resizefs": { resizesFile: true } },
  ...{ "-v": {}, "--verbose": {}, "-q": {}, "--quiet": {}, "-ff": { isSure: true } },
};
const VALUES: Readonly<Record<string, "name" | "size" | "virtual" | "pool" | "ignored">> = {
  ...{ "-n": "name", "--name": "name", "-L": "size", "--size": "size", "-l": "size", "--extents": "size" },
  ...{ "-V": "virtual", "--virtualsize": "virtual", "--thinpool": "pool" },
  ...{ "-W": "ignored", "--wipesignatures": "ignored", "-Z": "ignored", "--zero": "ignored" },
};

/** The word that is not understood, where there is one. */
export function readLvmWords(words: readonly string[]): LvmWords | string {
  const given: LvmWords = {
    ...{ name: "", size: "", virtual: "", pool: "" },
    ...{ isThin: false, isSure: false, resizesFile: false, operands: [] },
  };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [option = "", inline] = word.startsWith("--") ? word.split("=", 2) : splitShort(word);
    const key = Object.hasOwn(VALUES, option) ? VALUES[option] : undefined;
    if (Object.hasOwn(FLAGS, option)) Object.assign(given, FLAGS[option]);
    else if (key) {
      const value = inline ?? rest.shift() ?? "";
      if (key !== "ignored")
        given[key] = option === "-l" || option === "--extents" ? `${value}extents` : value;
    } else if (option.startsWith("-")) return word;
    else given.operands.push(option);
  }
  const [group = "", pool = ""] = (given.operands[0] ?? "").replace(/^\/dev\//, "").split("/");
  if ((given.isThin || given.virtual) && pool) return { ...given, pool, operands: [group] };
  return { ...given, pool: given.pool.replace(/^pve\//, "") };
}

/** `-L10G` as `-L 10G`. */
function splitShort(word: string): [string, string | undefined] {
  return /^-[nLlVW]./.test(word) ? [word.slice(0, 2), word.slice(2)] : [word, undefined];
}

const UNITS: Readonly<Record<string, number>> = { "": 20, b: 0, k: 10, m: 20, g: 30, t: 40 };
const EXTENT_BYTES = 4 * 1024 ** 2;

/** Of `10G`, `+512M`, `100%FREEextents`, `25extents`; undefined for what is none. `own` is what it has been. */
export function sizeOf(text: string, of: { free: number; total: number; own: number }): number | undefined {
  const match = /^(\+?)(\d{1,12}(?:\.\d{1,6})?)(%(?:FREE|VG)|[bkmgt]?)(?:i?B)?(extents)?$/i.exec(text);
  if (!match) return undefined;
  const [, sign, digits, unit = "", isExtents] = match;
  const number = Number(digits);
  const base = sign === "+" ? of.own : 0;
  if (unit.startsWith("%")) {
    const whole = unit.toUpperCase() === "%FREE" ? of.free : of.total;
    return base + Math.floor((whole * number) / 100 / EXTENT_BYTES) * EXTENT_BYTES;
  }
  return (
    base + (isExtents ? number * EXTENT_BYTES : Math.round(number * 2 ** (UNITS[unit.toLowerCase()] ?? 20)))
  );
}
