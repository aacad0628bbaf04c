/**
 * Turns a command into one that is isolated: what it can see, what it can write, whether it has a network.
 * Where the wanted isolation is not available it refuses; it never falls back by itself.
 */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Config } from "../base/config.ts";
import { AppError, describeError } from "../base/errors.ts";
import { bubblewrapArguments } from "./bubblewrap.ts";
import { CALL_MARK } from "./descendants.ts";
import { locate, ROOTS, type Root, resolveVisible, type Workspace } from "./paths.ts";
import type { CommandSpec } from "./process.ts";

export type Isolated = {
  argv: readonly [string, ...string[]];
  /** Real folder in which `argv` starts. */
  cwd: string;
  env: Readonly<Record<string, string>>;
};

export interface Sandbox {
  readonly kind: "bubblewrap" | "container" | "none";
  /** `env` is the whole environment of the command. AppError `not_allowed`, `not_found`, `missing_requirement`. */
  isolate(spec: CommandSpec, env: Readonly<Record<string, string>>): Promise<Isolated>;
}

export type SandboxOptions = {
  workspace: Workspace;
  /** Folders as the model sees them that no command may change: where the agent writes its own records. */
  protect?: readonly string[];
  /** Real folders outside of /usr that commands may read: where programs were installed. */
  programs?: readonly string[];
};

const REMEDY =
  "install bubblewrap (apt-get install bubblewrap), or set SANDBOX=none to run commands unprotected";
const PROBE = ["--unshare-user-try", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"];

/**
 * Makes the workspace's folders when they are missing, except in a container, whose mounts they are. AppError
 * `missing_requirement` names the remedy.
 */
export async function createSandbox(choice: Config["SANDBOX"], options: SandboxOptions): Promise<Sandbox> {
  const folders = choice === "container" ? [] : Object.values(options.workspace);
  for (const folder of folders) await mkdir(folder, { recursive: true });
  switch (choice) {
    case "none":
      return createDirect("none", options.workspace, refuseReadOnly);
    case "container":
      return createDirect("container", options.workspace, requireReadOnlyMounts);
    case "auto":
    case "bubblewrap":
      await requireBubblewrap();
      await makeProtected(options);
      return createBubblewrap(options);
    default:
      return choice satisfies never;
  }
}

/** One sentence for the doctor: what commands run in. Rejects as `createSandbox` does. */
export async function describeSandbox(choice: Config["SANDBOX"]): Promise<string> {
  switch (choice) {
    case "none":
      return "none: commands can do whatever this user can; the audit shell is refused";
    case "container":
      return "container: the container's mounts are the border";
    case "auto":
    case "bubblewrap":
      await requireBubblewrap();
      return "bubblewrap: commands see the workspace and the system's programs, nothing else";
    default:
      return choice satisfies never;
  }
}

async function requireBubblewrap(): Promise<void> {
  try {
    await promisify(execFile)("bwrap", PROBE, { timeout: 10_000 });
  } catch (error) {
    throw new AppError(
      "missing_requirement",
      `No sandbox for commands: ${describeError(error).trim()}\n${REMEDY}.`,
      {
        cause: error,
      },
    );
  }
}

async function makeProtected({ workspace, protect = [] }: SandboxOptions): Promise<void> {
  for (const { base, names } of protect.map((path) => locate(workspace, path))) {
    await mkdir(join(base, ...names), { recursive: true });
  }
}

function createBubblewrap(options: SandboxOptions): Sandbox {
  return {
    kind: "bubblewrap",
    async isolate(spec, env) {
      await resolveVisible(options.workspace, spec.cwd);
      const argv = ["bwrap", ...(await bubblewrapArguments(spec, options)), "--", ...spec.argv] as const;
      return { argv, cwd: "/", env };
    },
  };
}

function createDirect(
  kind: "container" | "none",
  workspace: Workspace,
  checkReadOnly: (workspace: Workspace) => Promise<void>,
): Sandbox {
  return {
    kind,
    async isolate(spec, env) {
      if (spec.isolation === "read-only") await checkReadOnly(workspace);
      const cwd = await resolveVisible(workspace, spec.cwd);
      return { argv: spec.argv, cwd, env: { ...env, [CALL_MARK]: spec.callId } };
    },
  };
}

async function refuseReadOnly(): Promise<void> {
  throw new AppError("missing_requirement", `Read-only commands need a sandbox: ${REMEDY}.`);
}

/** /app/docs may be writable: the agent keeps its own log there. */
async function requireReadOnlyMounts(workspace: Workspace): Promise<void> {
  const roots: Root[] = ROOTS.filter((root) => root !== "/app/docs");
  for (const root of roots) {
    if (!(await isWritable(workspace[root]))) continue;
    throw new AppError(
      "missing_requirement",
      `Read-only commands are refused: ${root} is writable in this container. Mount it read-only (":ro").`,
    );
  }
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
