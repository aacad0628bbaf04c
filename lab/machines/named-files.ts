/** The files of a machine that a command line names by their whole paths: programs of the cluster read them. */
import { closeSync, fstatSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { NamedFiles } from "../cluster/commands/run.ts";
import { openWithin } from "./open-within.ts";

/** A file with keys or a password, never an image. */
const MAX_TEXT_BYTES = 64 * 1024;
const PVE = "/etc/pve/";

/** As many links may follow each other. */
const MAX_LINKS = 8;

/**
 * `directory` is the machine's: in it `root` is its `/`, `pve` its /etc/pve. A path through a folder that is a link names
 * nothing: outside of the machine it leads elsewhere.
 */
export function namedFiles(directory: string, argv: readonly string[]): NamedFiles {
  const paths = argv
    .map((word) => word.replace(/^--?[\w-]{1,40}=/, ""))
    .filter((word) => word.startsWith("/"));
  return Object.fromEntries(
    paths.flatMap((path) => {
      const file = readOf(directory, path, MAX_LINKS);
      return file ? [[path, file]] : [];
    }),
  );
}

/** A link is followed by its text, as the machine understands it. */
function readOf(directory: string, path: string, links: number): NamedFiles[string] | undefined {
  const below = join("/", path); // nothing is above the machine's own root
  const [folder, place] = below.startsWith(PVE) ? ["pve", below.slice(PVE.length - 1)] : ["root", below];
  const root = realpathSync(join(directory, folder));
  const target = linkAt(join(root, place));
  if (target === undefined) return readWithin(root, place);
  return links > 0 ? readOf(directory, resolve(dirname(below), target), links - 1) : undefined;
}

function linkAt(place: string): string | undefined {
  try {
    return readlinkSync(place);
  } catch {
    return undefined;
  }
}

function readWithin(root: string, path: string): NamedFiles[string] | undefined {
  const file = openWithin(root, path);
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return undefined;
    const { size } = stats;
    return size <= MAX_TEXT_BYTES ? { size, text: readFileSync(file, "utf8") } : { size };
  } finally {
    closeSync(file);
  }
}
