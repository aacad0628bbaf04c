/** `df` of a node. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { named } from "../cluster/named.ts";
import { type CommandOutcome, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Mount, mounts } from "./mounts.ts";
import { type Asked, humanSize, table } from "./stand-in.ts";

const GIB = 1024 ** 3;
const KIB = 1024;

type Options = {
  block: number;
  human: number;
  type: boolean;
  inodes: boolean;
  posix: boolean;
  only: string[];
  without: string[];
  columns?: string[];
};

export function df({ words, hardware, root }: Asked): CommandOutcome {
  const options: Options = {
    block: KIB,
    human: 0,
    type: false,
    inodes: false,
    posix: false,
    only: [],
    without: [],
  };
  const rest = words.flatMap((word) =>
    /^-[hHTPikmal]{2,}$/.test(word) ? [...word.slice(1)].map((c) => `-${c}`) : [word],
  );
  const files: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith("-")) files.push(word);
    else if (!apply(options, word, rest)) return notSimulated(`df ${word}`, NOT_SIMULATED);
  }
  const all = mounts(hardware).filter(
    ({ type }) =>
      (options.only.length === 0 || options.only.includes(type)) && !options.without.includes(type),
  );
  if (files.length === 0)
    return succeeded(
      render(
        all.filter(({ totalBytes }) => totalBytes > 0),
        options,
      ),
    );
  const missing = files.filter(
    (file) => !existsSync(join(root, resolve("/root", file))) && !isMounted(all, file),
  );
  const shown = files
    .filter((file) => !missing.includes(file))
    .map((file) => holding(all, resolve("/root", file)));
  const stderr = missing.map((file) => `df: ${file}: No such file or directory\n`).join("");
  return {
    exitCode: missing.length > 0 ? 1 : 0,
    stdout: shown.length > 0 ? render(shown, options) : "",
    stderr,
  };
}

function isMounted(all: readonly Mount[], path: string): boolean {
  return all.some(
    ({ target, source }) =>
      source === path || (target !== "/" && (path === target || path.startsWith(`${target}/`))),
  );
}

function holding(all: readonly Mount[], path: string): Mount {
  const fits = all.filter(
    ({ target, source }) =>
      source === path || path === target || path.startsWith(target === "/" ? "/" : `${target}/`),
  );
  return fits.reduce(
    (best, mount) => (mount.target.length > best.target.length ? mount : best),
    fits[0] as Mount,
  );
}

const BLOCKS: Readonly<Record<string, number>> = { K: KIB, M: 1024 ** 2, G: GIB, T: 1024 ** 4, "1": 1 };

function apply(options: Options, word: string, rest: string[]): boolean {
  const [name = "", inline] = word.startsWith("--")
    ? word.split("=", 2)
    : [word.slice(0, 2), word.slice(2) || undefined];
  const value = () => inline ?? rest.shift() ?? "";
  if (name === "-h" || name === "--human-readable") options.human = 1024;
  else if (name === "-H" || name === "--si") options.human = 1000;
  else if (name === "-k") options.block = KIB;
  else if (name === "-m") options.block = 1024 ** 2;
  else if (name === "-T" || name === "--print-type") options.type = true;
  else if (name === "-i" || name === "--inodes") options.inodes = true;
  else if (name === "-P" || name === "--portability") options.posix = true;
  else if (name === "-t" || name === "--type") options.only.push(value());
  else if (name === "-x" || name === "--exclude-type") options.without.push(value());
  else if (name === "-B" || name === "--block-size")
    options.block =
      BLOCKS[
        value()
          .replace(/^1(?=.)/, "")
          .slice(0, 1)
      ] ?? KIB;
  else if (name === "--output")
    options.columns = (inline ?? "source,fstype,size,used,avail,pcent,target").split(",");
  else return ["-a", "-l", "--local", "--all", "--sync"].includes(name);
  return true;
}

function render(rows: readonly Mount[], options: Options): string {
  const size = (bytes: number) =>
    options.human > 0 ? humanSize(bytes, options.human) : String(Math.ceil(bytes / options.block));
  const unit =
    { [KIB]: options.posix ? "1024" : "1K", [1024 ** 2]: "1M", [GIB]: "1G", [1024 ** 4]: "1T", 1: "1B" }[
      options.block
    ] ?? "1K";
  const inodes = (mount: Mount) =>
    [Math.floor(mount.totalBytes / 16_384), Math.ceil(mount.usedBytes / 65_536)] as const;
  const [total, used] = options.inodes
    ? ["Inodes", "IUsed"]
    : [options.human > 0 ? "Size" : `${unit}-blocks`, "Used"];
  const columns: Record<string, [string, (mount: Mount) => string]> = {
    source: ["Filesystem", ({ source }) => source],
    fstype: ["Type", ({ type }) => type],
    size: [total, (mount) => (options.inodes ? String(inodes(mount)[0]) : size(mount.totalBytes))],
    used: [used, (mount) => (options.inodes ? String(inodes(mount)[1]) : size(mount.usedBytes))],
    avail: [
      options.inodes ? "IFree" : options.human > 0 || options.columns ? "Avail" : "Available",
      (mount) =>
        options.inodes
          ? String(inodes(mount)[0] - inodes(mount)[1])
          : size(mount.totalBytes - mount.usedBytes),
    ],
    pcent: [
      options.inodes ? "IUse%" : options.posix ? "Capacity" : "Use%",
      (mount) => `${Math.ceil((100 * mount.usedBytes) / Math.max(mount.totalBytes, 1))}%`,
    ],
    target: ["Mounted on", ({ target }) => target],
  };
  const names = options.columns ?? [
    "source",
    ...(options.type ? ["fstype"] : []),
    "size",
    "used",
    "avail",
    "pcent",
    "target",
  ];
  const chosen = names.flatMap((name) => {
    const column = named(columns, name);
    return column ? [column] : [];
  });
  const right = names.flatMap((name, at) => (["size", "used", "avail", "pcent"].includes(name) ? [at] : []));
  return table(
    [chosen.map(([head]) => head), ...rows.map((row) => chosen.map(([, cell]) => cell(row)))],
    right,
  );
}
