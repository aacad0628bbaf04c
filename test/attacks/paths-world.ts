/**
 * A folder that stands for the root of a machine, with the workspace somewhere in it and secrets all around, inside
 * the workspace as well: keys, state, links of every form. Says afterwards what was touched.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOTS, type Root, type Workspace } from "../../agents/host/files/paths.ts";
import { openTestWorkspace } from "../../agents/testing/workspace.ts";
import { PERMISSIONS } from "../../agents/tools/permissions.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";

export type PathRole = "DevOps_Builder" | "Architect_Zero";

export type World = {
  directory: string;
  /** In the text of whatever must not be read, and the name of a file in every folder that must not be listed. */
  token: string;
  context: ToolContext;
  /** Of secrets, below `directory`. */
  secrets: readonly string[];
  /** Of links and special files, as a model would name them. */
  traps: readonly string[];
  /** Open on a secret, as the descriptor of a careless agent would be. */
  descriptor: number;
  /** What was changed, made or deleted since it was last asked; puts it back. */
  damage(): string | undefined;
  remove(): void;
};

/** A tree that changes meanwhile is gone by then. */
const MAX_REMOVALS = 100;

const words = (text: string) => text.split(" ");

const TOP_FOLDERS = words("app tmp etc root run outside");
/** Beside the roots, at every distance. */
const OUTSIDE =
  "secret etc/secret root/.ssh/secret run/secrets/secret app/secret app/infra-evil/secret app/infra.bak/secret " +
  "app/Infra/secret app/configuration/secret app/docs.bak/secret app/docs2/secret tmp/secret tmp/application/secret " +
  "tmp/app.old/secret outside/secret outside/folder/secret outside/hard outside/race";
/** Inside of the roots nothing for a tool to read or write; and what a race leads to. */
const KEYS =
  "outside/folder/secret tmp/app/bootstrap_key tmp/app/id_rsa tmp/app/server.pem tmp/app/CA.KEY tmp/app/known_nodes app/docs/deploy_key " +
  "app/infra/web/terraform.tfstate app/infra/web/terraform.tfstate.backup app/infra/web/.terraform/plans/a.tfplan";
/** The runtime's own: they can be read, not written. */
const RECORDS = "app/docs/execution_log_DevOps_Builder.md app/docs/tool_output/call-1.out";
const ORDINARY = "app/infra/web/main.tf app/config/site.yml tmp/app/note.txt app/docs/plan.md";

/** For the Architect the roots other than /app/docs are secrets as well. */
export async function createPathWorld(role: PathRole): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), "minilab-paths-"));
  const token = `canary-${randomBytes(8).toString("hex")}`;
  const workspace = Object.fromEntries(ROOTS.map((root) => [root, join(directory, root)])) as Workspace;
  const lab = await openTestWorkspace(join(directory, "unused"));
  const artifacts = {
    directory: join(directory, "app/docs/tool_output"),
    visibleDirectory: "/app/docs/tool_output",
  };
  const access = PERMISSIONS[role]["save_file"] ?? "full";
  const context = await lab.context({ role, access, workspace, artifacts });
  const isClosed = (root: Root) => access === "docs" && root !== "/app/docs";
  const trapRoot: Root = access === "docs" ? "/app/docs" : "/app/infra";
  const secrets = secretsOf(randomBytes(4).toString("hex"));
  const build = () => {
    for (const top of TOP_FOLDERS) removeTree(join(directory, top));
    const texts = [...secrets, ...words(RECORDS), ...words(ORDINARY)];
    for (const file of texts) put(join(directory, file), textOf(file, { token, access }));
    for (const folder of foldersOutside(directory)) put(join(folder, token), "");
    layTraps(directory, join(workspace[trapRoot], "traps"), secrets);
    return signaturesOf([
      ...[...secrets, ...words(RECORDS)].map((file) => join(directory, file)),
      ...foldersOutside(directory),
      ...ROOTS.filter(isClosed).flatMap((root) => below(workspace[root])),
    ]);
  };
  let signatures = build();
  const descriptor = openSync(join(directory, secrets[0] ?? ""), "r+");
  return {
    directory,
    token,
    context,
    secrets,
    traps: TRAPS.map((name) => `${trapRoot}/traps/${name}`),
    descriptor,
    damage() {
      const found = differenceIn(signatures);
      if (found !== undefined) signatures = build();
      return found?.replace(directory, "");
    },
    remove() {
      closeSync(descriptor);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Again when it changes meanwhile: in a race another process exchanges files and folders in it. */
function removeTree(path: string): void {
  for (let tries = 1; ; tries++) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries === MAX_REMOVALS) throw error;
    }
  }
}

/** Under names that no real machine has. */
function secretsOf(mark: string): string[] {
  return [...words(OUTSIDE).map((file) => `${file}-${mark}`), ...words(KEYS)];
}

function textOf(file: string, { token, access }: { token: string; access: string }): string {
  const isOpen = words(RECORDS).includes(file) || (words(ORDINARY).includes(file) && access === "full");
  return isOpen || file === "app/docs/plan.md" ? "ordinary\n" : `${token} ${file}\n`;
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const TRAPS = words(
  "file folder folder/new relative chain loop dangling root descriptors hard key key-hard state-hard pipe socket zero up",
);

const SPECIAL_FILES =
  "mkfifo($ARGV[0], 0600) or die; IO::Socket::UNIX->new(Local => $ARGV[1], Listen => 1) or die";

function layTraps(directory: string, folder: string, secrets: readonly string[]): void {
  const at = (name: string) => join(folder, name);
  const secret = (name: string) => join(directory, secrets.find((file) => file.startsWith(name)) ?? name);
  mkdirSync(at(""), { recursive: true });
  const links: Record<string, string> = {
    file: secret("outside/secret"),
    folder: join(directory, "outside/folder"),
    relative: `../../../${secrets[0]}`,
    chain: at("file"),
    loop: at("loop"),
    dangling: join(directory, "outside/made"),
    root: "/proc/self/root",
    descriptors: "/proc/self/fd",
    key: join(directory, "tmp/app/id_rsa"),
    zero: "/dev/zero",
    up: "../../..",
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, at(name));
  linkSync(secret("outside/hard"), at("hard"));
  linkSync(join(directory, "tmp/app/bootstrap_key"), at("key-hard"));
  linkSync(join(directory, "app/infra/web/terraform.tfstate"), at("state-hard"));
  execFileSync("perl", ["-MPOSIX", "-MIO::Socket::UNIX", "-e", SPECIAL_FILES, at("pipe"), at("socket")]);
}

function foldersOutside(directory: string): string[] {
  const folders = words(OUTSIDE).map((file) => dirname(join(directory, file)));
  return [...new Set([directory, ...folders])];
}

function below(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))];
}

type Signatures = ReadonlyMap<string, string>;

function signaturesOf(paths: readonly string[]): Signatures {
  return new Map(paths.map((path) => [path, signatureOf(path)]));
}

function differenceIn(signatures: Signatures): string | undefined {
  for (const [path, before] of signatures) if (signatureOf(path) !== before) return `touched ${path}`;
  return undefined;
}

function signatureOf(path: string): string {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stats) return "missing";
  if (stats.isDirectory()) return `${stats.ino} ${stats.mtimeNs} ${readdirSync(path).join("/")}`;
  return `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}
