/** `findmnt` of a node: options, columns and the tree as of util-linux 2.41. */
import { named } from "../cluster/named.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Mount, mountsOf } from "./mounts.ts";
import { type Asked, humanSize, table } from "./stand-in.ts";

type Options = {
  columns: string[];
  noHeader: boolean;
  shape: "tree" | "list" | "raw" | "json";
  bytes: boolean;
  types: string[];
  /** A target or a source; `within` takes any path. */
  where: string[];
  within: boolean;
  /** Without what takes no space. */
  asDf: boolean;
};

const COLUMNS: Readonly<Record<string, (mount: Mount, size: (bytes: number) => string) => string>> = {
  TARGET: ({ target }) => target,
  SOURCE: ({ source }) => source,
  FSTYPE: ({ type }) => type,
  OPTIONS: ({ options }) => options,
  "VFS-OPTIONS": ({ options }) => options,
  SIZE: ({ totalBytes }, size) => size(totalBytes),
  USED: ({ usedBytes }, size) => size(usedBytes),
  AVAIL: ({ totalBytes, usedBytes }, size) => size(totalBytes - usedBytes),
  "USE%": ({ totalBytes, usedBytes }) =>
    totalBytes > 0 ? `${Math.ceil((100 * usedBytes) / totalBytes)}%` : "-",
};
const RIGHT = ["SIZE", "USED", "AVAIL", "USE%"];

export function findmnt(asked: Asked): CommandOutcome {
  const options: Options = {
    ...{ columns: ["TARGET", "SOURCE", "FSTYPE", "OPTIONS"], noHeader: false, shape: "tree", bytes: false },
    ...{ types: [], where: [], within: false, asDf: false },
  };
  const rest = [...asked.words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift())
    if (!apply(options, word, rest)) return notSimulated(`findmnt ${asked.words.join(" ")}`, NOT_SIMULATED);
  const unknown = options.columns.find((name) => !Object.hasOwn(COLUMNS, name));
  if (unknown !== undefined) return failed(1, `findmnt: unknown column: ${unknown}`);
  const all = mountsOf(asked).filter(({ totalBytes }) => !options.asDf || totalBytes > 0);
  const found = chosen(all, options);
  if (found.length === 0) return { exitCode: 1, stdout: "", stderr: "" };
  return succeeded(options.shape === "json" ? asJson(found, options) : asText(found, options));
}

function apply(options: Options, word: string, rest: string[]): boolean {
  const [name = "", inline] = word.startsWith("--") ? word.split("=", 2) : [word];
  const value = () => inline ?? rest.shift() ?? "";
  if (name === "-o" || name === "--output") options.columns = value().toUpperCase().split(",");
  else if (name === "-t" || name === "--types") options.types = value().split(",");
  else if (name === "-T" || name === "--target") options.within = options.where.push(value()) > 0;
  else if (["-S", "--source", "-M", "--mountpoint"].includes(name)) options.where.push(value());
  else if (name === "-n" || name === "--noheadings") options.noHeader = true;
  else if (name === "-b" || name === "--bytes") options.bytes = true;
  else if (name === "-J" || name === "--json") options.shape = "json";
  else if (name === "-r" || name === "--raw") options.shape = "raw";
  else if (name === "-l" || name === "--list") options.shape = "list";
  else if (name === "-D" || name === "--df") {
    options.columns = ["SOURCE", "FSTYPE", "SIZE", "USED", "AVAIL", "USE%", "TARGET"];
    options.shape = "list";
    options.asDf = true;
  } else if (/^-[nlrbJDkuvRotTSM]{2,}$/.test(name))
    return [...name.slice(1)].every((letter) => apply(options, `-${letter}`, rest));
  else if (!name.startsWith("-")) options.where.push(name);
  else
    return ["-k", "--kernel", "-u", "--notruncate", "-R", "--submounts", "-v", "--nofsroot"].includes(name);
  return true;
}

function chosen(all: readonly Mount[], { types, where, within }: Options): Mount[] {
  const ofType = all.filter(({ type }) => types.length === 0 || types.includes(type));
  if (!within)
    return ofType.filter((row) => where.every((name) => row.target === name || row.source === name));
  const [path = ""] = where;
  const over = ofType.filter(({ target }) => isWithin(path, target));
  return over.sort((a, b) => b.target.length - a.target.length).slice(0, 1);
}

function cellsOf(mount: Mount, { columns, bytes }: Options): string[] {
  const size = (number: number) => (bytes ? String(number) : humanSize(number));
  return columns.map((name) => named(COLUMNS, name)?.(mount, size) ?? "");
}

function asText(found: readonly Mount[], options: Options): string {
  const { columns, noHeader, shape } = options;
  const head = noHeader ? [] : [columns];
  if (shape === "raw")
    return [...head, ...found.map((row) => cellsOf(row, options))]
      .map((row) => `${row.join(" ")}\n`)
      .join("");
  const isTree = shape === "tree" && found.length > 1 && options.types.length === 0;
  const rows = isTree
    ? linesOf(branches(found)).map(({ mount, lead }) =>
        cellsOf(mount, options).map((cell, at) => (columns[at] === "TARGET" ? lead + cell : cell)),
      )
    : found.map((row) => cellsOf(row, options));
  return table(
    [...head, ...rows],
    columns.flatMap((name, at) => (RIGHT.includes(name) ? [at] : [])),
  );
}

type Branch = { mount: Mount; children: Branch[] };

/** Each below the mount in which it lies, the root first. */
function branches(found: readonly Mount[], parent?: Mount): Branch[] {
  const parentOf = ({ target }: Mount) =>
    found
      .filter((other) => other.target !== target && isWithin(target, other.target))
      .reduce<Mount | undefined>((a, b) => (a && a.target.length > b.target.length ? a : b), undefined);
  return found
    .filter((mount) => parentOf(mount) === parent)
    .map((mount) => ({ mount, children: branches(found, mount) }));
}

function isWithin(path: string, target: string): boolean {
  return `${path}/`.startsWith(target === "/" ? "/" : `${target}/`);
}

const NEXT = ["├─", "│ "];
const LAST = ["└─", "  "];

type Line = { mount: Mount; lead: string };

function linesOf(all: readonly Branch[], lead = "", isTop = true): Line[] {
  return all.flatMap(({ mount, children }, at) => {
    const isLast = at === all.length - 1;
    const [own, below] = isTop ? ["", ""] : isLast ? LAST : NEXT;
    return [{ mount, lead: `${lead}${own}` }, ...linesOf(children, `${lead}${below}`, false)];
  });
}

function asJson(found: readonly Mount[], options: Options): string {
  const entry = ({ mount, children }: Branch): Record<string, unknown> => {
    const cells = cellsOf(mount, options).map((cell, at) => [
      options.columns[at]?.toLowerCase(),
      cell || null,
    ]);
    return { ...Object.fromEntries(cells), ...(children.length > 0 && { children: children.map(entry) }) };
  };
  return `${JSON.stringify({ filesystems: branches(found).map(entry) }, null, 3)}\n`;
}
