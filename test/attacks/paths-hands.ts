/**
 * The file tools as the class `paths` uses them, and weaker ones, each without one guard. The weaker ones refuse by
 * themselves to leave the folder of the attack.
 */
import { lstatSync, realpathSync } from "node:fs";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { AppError } from "../../agents/base/errors.ts";
import {
  appendTo,
  listFolder,
  openForReading,
  removeFile,
  writeWhole,
} from "../../agents/host/files/files.ts";
import { type Location, locate, ROOTS } from "../../agents/host/files/paths.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import type { Tool, ToolContext } from "../../agents/tools/tool.ts";
import type { World } from "./paths-world.ts";

/** One file tool: what it gave the model to read. */
export type Hand = { tool: string; use(path: string): Promise<string> };

export const PATH_LAYERS = [
  ...["no-follow", "compare-by-segment", "secret-names", "hard-links", "role-roots"],
] as const;
export type PathLayer = (typeof PATH_LAYERS)[number];

const POISON = "written by an attack\n";
const PERMIT = () => {};
const NAMES = ["read_file", "save_file", "append_file", "delete_file"];

/** The tools that the role of this world has; `without` a layer they are weaker ones. */
export function handsOf(world: World, without?: PathLayer): Hand[] {
  const { context } = world;
  switch (without) {
    case undefined:
      return realHands(context);
    case "role-roots":
      return realHands({ ...context, access: "full" });
    case "compare-by-segment":
      return byDescriptor((path) => locateByPrefix(context, path));
    case "secret-names":
      return byDescriptor((path) => locateAnyName(context, path));
    case "no-follow":
      return byName(world, { followsFolders: true });
    case "hard-links":
      return byName(world, { followsFolders: false });
    default:
      return without satisfies never;
  }
}

function realHands(context: ToolContext): Hand[] {
  const tools = toolsOf(context.role);
  return NAMES.flatMap((name) => {
    const tool = tools.get(name)?.tool;
    return tool ? [{ tool: name, use: (path: string) => call(tool, path, context) }] : [];
  });
}

async function call(tool: Tool, path: string, context: ToolContext): Promise<string> {
  const isWriting = tool.name === "save_file" || tool.name === "append_file";
  const input = tool.input.safeParse({ path, ...(isWriting && { content: POISON }) });
  if (!input.success) throw new AppError("bad_arguments", "not the tool's arguments");
  const { stdout, stderr } = await tool.run(input.data, context);
  return stdout + stderr;
}

/** The way it was once: the start of a string, `..` taken out first. */
function locateByPrefix({ workspace }: ToolContext, path: string): Location {
  const visible = posix.normalize(path);
  const root = ROOTS.find((name) => visible.startsWith(name));
  if (root === undefined || visible.includes("\0")) throw new AppError("not_allowed", "outside");
  const [rest = "", ...names] = visible.slice(root.length).split("/");
  return { root, base: workspace[root] + rest, names: names.filter(Boolean), visible };
}

/** Everything but the look at the names. */
function locateAnyName({ workspace }: ToolContext, path: string): Location {
  const parts = posix.normalize(path).split("/").filter(Boolean);
  const masked = locate(workspace, `/${parts.map((_, index) => (index < 2 ? parts[index] : "x")).join("/")}`);
  return { ...masked, names: parts.slice(2), visible: path };
}

function byDescriptor(find: (path: string) => Location): Hand[] {
  const read = async (location: Location) => {
    const { handle, stats } = await openForReading(location);
    try {
      return stats.isDirectory() ? (await listFolder(handle)).join("\n") : await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  };
  return handsFrom({
    read: async (path) => read(find(path)),
    save: async (path) => writeWhole(find(path), POISON, PERMIT),
    append: async (path) => void (await appendTo(find(path), POISON, PERMIT)),
    remove: async (path) => removeFile(find(path), PERMIT),
  });
}

/** Looks at a name first and opens it by name afterwards: what is exchanged in between is not noticed. */
function byName({ context, directory }: World, { followsFolders }: { followsFolders: boolean }): Hand[] {
  const find = (path: string) => {
    const { base, names } = locate(context.workspace, path);
    const real = join(base, ...names);
    const folder = realpathSync(dirname(real));
    const isFile = lstatSync(real, { throwIfNoEntry: false })?.isFile() ?? true;
    if (!isFile || !`${folder}/`.startsWith(`${directory}/`) || (!followsFolders && folder !== dirname(real)))
      throw new AppError("not_allowed", "a link");
    return real;
  };
  return handsFrom({
    read: async (path) => readFile(find(path), "utf8"),
    save: async (path) => writeFile(find(path), POISON),
    append: async (path) => appendFile(find(path), POISON),
    remove: async (path) => rm(find(path)),
  });
}

type Acts = {
  read(path: string): Promise<string>;
  save(path: string): Promise<void>;
  append(path: string): Promise<void>;
  remove(path: string): Promise<void>;
};

function handsFrom({ read, save, append, remove }: Acts): Hand[] {
  const silent = (act: (path: string) => Promise<void>) => async (path: string) => {
    await act(path);
    return "";
  };
  const uses = [read, silent(save), silent(append), silent(remove)];
  return NAMES.map((tool, index) => ({ tool, use: uses[index] ?? read }));
}
