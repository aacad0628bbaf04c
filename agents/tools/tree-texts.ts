/** All files below a folder of the workspace, by digest and as text: what a change of them is made of. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { AppError } from "../base/errors.ts";

export type TreeFile = {
  /** As models see it. */
  path: string;
  /** SHA-256 of its bytes, or where a link leads. */
  digest: string;
  /** False for a link, a socket, a device. */
  isPlain: boolean;
  /** Undefined for what is no text, or too long to be read. */
  text: string | undefined;
};

const MAX_FILES = 2_000;
const MAX_BYTES = 20_000_000;
const MAX_TEXT_BYTES = 100_000;
/** What terraform and git keep for themselves. */
const OWN_FOLDERS = /\/\.(?:git|terraform)(?:\/|$)/;

/** In order of their paths. AppError `conflict` for more than can be held together. */
export async function treeOf(folder: string, visible: string): Promise<TreeFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const own = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => ({ entry, name: relative(folder, join(entry.parentPath, entry.name)) }))
    .filter(({ name }) => !OWN_FOLDERS.test(`/${name}`))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (own.length > MAX_FILES) throw tooMuch(visible, `${own.length} files, at most ${MAX_FILES}`);
  const files: TreeFile[] = [];
  let bytes = 0;
  for (const { entry, name } of own) {
    const [file, path] = [join(folder, name), `${visible}/${name}`];
    const content = entry.isFile() ? await contentOf(file, MAX_BYTES - bytes) : undefined;
    if (entry.isFile() && content === undefined)
      throw tooMuch(visible, `more than ${MAX_BYTES} bytes, at most that`);
    bytes += content?.length ?? 0;
    const isPlain = content !== undefined;
    const what = isPlain ? told(content) : { digest: await kindOf(file), text: undefined };
    files.push({ path, isPlain, ...what });
  }
  return files;
}

/** The first link anywhere below, as models see it: by one a file that is written lies elsewhere. */
export async function linkBelow(folder: string, visible: string): Promise<string | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const link = entries.find((entry) => entry.isSymbolicLink());
  return link && `${visible}/${relative(folder, join(link.parentPath, link.name))}`;
}

/** Undefined when it is longer. */
async function contentOf(file: string, maxBytes: number): Promise<Buffer | undefined> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  return (await handle.stat()).size > maxBytes ? undefined : await handle.readFile();
}

function told(content: Buffer): Pick<TreeFile, "digest" | "text"> {
  const digest = createHash("sha256").update(content).digest("hex");
  const text = content.length > MAX_TEXT_BYTES || content.includes(0) ? undefined : content.toString("utf8");
  return { digest, text };
}

/** A link, a socket, a device: by name only. */
async function kindOf(file: string): Promise<string> {
  return await readlink(file).then(
    (target) => `link to ${target}`,
    () => "no file",
  );
}

function tooMuch(visible: string, what: string): AppError {
  return new AppError(
    "conflict",
    `${visible} has ${what} are held together as one change: put away what does not belong there.`,
  );
}
