/**
 * What the whole team must hide, also the processes that never use it: values in a folder that no tool and no model
 * reads. `given` is written by what starts the team, `learned` by DevOps_Builder, before a new secret is first used.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { AppError, describeError } from "./errors.ts";

export type TeamSecrets = {
  /** What became known since the last time: mostly nothing, for the price of two looks at the disk. */
  news(): readonly string[];
  /** Every process knows these when it returns: they are on disk. */
  learn(values: Iterable<string>): void;
};

const FILES = ["given", "learned"] as const;

/** Without a folder this process keeps what it learns to itself. AppError `bad_config` for one that cannot be read, or that others can enter. */
export function openTeamSecrets(directory: string | undefined): TeamSecrets {
  if (directory === undefined) return openOwnSecrets();
  requireClosed(directory);
  const known = new Set<string>();
  const looks = new Map<string, string>();
  const news = () => {
    const fresh = FILES.flatMap((name) => readChanged(join(directory, name), looks));
    return fresh.filter((value) => known.size < known.add(value).size);
  };
  return { news, learn: (values) => append(join(directory, "learned"), new Set(values), known) };
}

function openOwnSecrets(): TeamSecrets {
  const fresh = new Set<string>();
  const news = () => {
    const values = [...fresh];
    fresh.clear();
    return values;
  };
  const learn = (values: Iterable<string>) => {
    for (const value of values) fresh.add(value);
  };
  return { news, learn };
}

/** Written whole or not at all; what was learned stays. The folder must be one that only its owner can enter. */
export function giveTeamSecrets(directory: string, values: Iterable<string>): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "given");
  fs.rmSync(`${file}.new`, { force: true });
  fs.writeFileSync(`${file}.new`, linesOf(new Set(values)), { mode: 0o400 });
  fs.renameSync(`${file}.new`, file);
}

function requireClosed(directory: string): void {
  const problem = (text: string) => new AppError("bad_config", `TEAM_SECRETS_DIR: ${directory} ${text}`);
  let isOpen: boolean;
  try {
    isOpen = (fs.statSync(directory).mode & 0o077) !== 0;
    fs.readFileSync(join(directory, FILES[0]));
  } catch (error) {
    throw problem(`cannot be read: ${describeError(error)}`);
  }
  if (isOpen) throw problem("can be entered by its group or by others: chmod 700 it");
}

/** Of a file that is as it was at the last look, nothing. A line that is not whole yet is for the next one. */
function readChanged(file: string, looks: Map<string, string>): string[] {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  const look = stats && `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
  if (look === undefined || look === looks.get(file)) return [];
  looks.set(file, look);
  return fs.readFileSync(file, "utf8").split("\n").slice(0, -1).flatMap(parseLine);
}

function parseLine(line: string): string[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "string" ? [value] : [];
  } catch {
    return []; // cut by a crash; its writer has not used it
  }
}

function append(file: string, values: ReadonlySet<string>, known: ReadonlySet<string>): void {
  const fresh = new Set([...values].filter((value) => value !== "" && !known.has(value)));
  if (fresh.size === 0) return;
  const descriptor = fs.openSync(file, "a", 0o600);
  try {
    fs.writeSync(descriptor, `\n${linesOf(fresh)}`); // what a crash has cut before it ends there
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function linesOf(values: ReadonlySet<string>): string {
  return [...values].map((value) => `${JSON.stringify(value)}\n`).join("");
}
