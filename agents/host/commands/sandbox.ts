/**
 * Turns a command into one that is isolated: what it can see, what it can write, whether it has a network, how much
 * it may take. Where the wanted isolation is not available it refuses; it never falls back by itself.
 */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Config, NodeAddress } from "../../base/config.ts";
import { AppError, describeError } from "../../base/errors.ts";
import { locate, resolveVisible, type Workspace } from "../files/paths.ts";
import { bubblewrapArguments } from "./bubblewrap.ts";
import type { CommandRunner, CommandSpec } from "./command.ts";
import { confineArguments, FILTER_DESCRIPTOR } from "./confine.ts";
import { CALL_MARK } from "./descendants.ts";
import { limitArguments } from "./limits.ts";
import { routeArguments } from "./node-route.ts";
import { becomeArguments, requireAudit, type ToolUser } from "./tool-user.ts";

export type Isolated = {
  argv: readonly [string, ...string[]];
  /** Real folder in which `argv` starts. */
  cwd: string;
  env: Readonly<Record<string, string>>;
};

export interface Sandbox {
  readonly kind: CommandRunner["sandbox"];
  /** `env` is the whole environment of the command. AppError `not_allowed`, `not_found`, `missing_requirement`. */
  isolate(spec: CommandSpec, env: Readonly<Record<string, string>>): Promise<Isolated>;
}

export type SandboxOptions = {
  workspace: Workspace;
  /** Folders as the model sees them that no command may change: where the agent writes its own records. */
  protect?: readonly string[];
  /** Real folders outside of /usr that commands may read: where programs were installed. */
  programs?: readonly string[];
  /** Where these have a proxy, commands with a network are led by it to them. */
  nodes?: readonly NodeAddress[];
  /** Needed for "container". */
  toolUser?: ToolUser;
  /** Needed for "container" and commands with folders of their own. */
  folderUser?: ToolUser | undefined;
};

const REMEDY =
  "install bubblewrap (apt-get install bubblewrap), or set SANDBOX=none to run commands unprotected";
/** Its network is a namespace; the filter leaves it one of its own. */
const confined = () => confineArguments("bwrap", { network: true });
const PROBE = [
  ...["--unshare-user-try", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc"],
  ...["--seccomp", FILTER_DESCRIPTOR, "true"],
];

/**
 * Makes the workspace's folders when they are missing, except in a container, whose mounts they are. AppError
 * `missing_requirement` names the remedy; in a container, where not every role has commands, the first one does.
 */
export async function createSandbox(choice: Config["SANDBOX"], options: SandboxOptions): Promise<Sandbox> {
  if (choice === "container") return createOtherUser(withoutProxy(options));
  for (const folder of Object.values(options.workspace)) await mkdir(folder, { recursive: true });
  if (choice === "none") return createUnprotected(options);
  await requireBubblewrap();
  await makeProtected(options);
  return createBubblewrap(options);
}

/** One sentence for the doctor: what commands run in. Rejects as `createSandbox` and its first command do. */
export async function describeSandbox(
  choice: Config["SANDBOX"],
  toolUser: ToolUser | undefined,
): Promise<string> {
  switch (choice) {
    case "none":
      return "NONE: commands can do whatever this user can; the audit shell is refused";
    case "container":
      await becomeArguments(required(toolUser));
      return `container: commands run as user ${toolUser?.uid}, without a right of their own`;
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
    const [first = "", ...rest] = [...confined(), "bwrap", ...PROBE];
    await promisify(execFile)(first, rest, { timeout: 10_000 });
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

/**
 * The limits come inside, where each call of a user has a count of processes of its own. Root keeps its number
 * there: the workspace is root's, and another number could not write it. The kernel's count leaves root out: for
 * root the runner makes a control group, where it can, and counts by itself.
 */
function createBubblewrap(options: SandboxOptions): Sandbox {
  return {
    kind: "bubblewrap",
    async isolate(spec, env) {
      await resolveVisible(options.workspace, spec.cwd);
      const around = ["bwrap", ...(await bubblewrapArguments(spec, options)), "--"];
      const inside = [...around, ...limitArguments(spec), ...spec.argv];
      const [first = "", ...rest] = [...routed(spec, options), ...confined(), ...inside];
      return { argv: [first, ...rest], cwd: "/", env };
    },
  };
}

/** The container is the border to the machine; another user is the border to the agent in it. */
function createOtherUser({ workspace, toolUser, folderUser }: SandboxOptions): Sandbox {
  let become: Promise<string[]> | undefined;
  let becomeOwner: Promise<string[]> | undefined;
  let audited: Promise<void> | undefined;
  return {
    kind: "container",
    async isolate(spec, env) {
      const hasFolders = (spec.folders ?? []).length > 0;
      if (hasFolders) becomeOwner ??= becomeArguments(required(folderUser, "TERRAFORM_UID"));
      else become ??= becomeArguments(required(toolUser));
      const user = (await (hasFolders ? becomeOwner : become)) ?? [];
      if (spec.isolation === "read-only") {
        audited ??= requireAudit(user, workspace);
        await audited;
      }
      const cwd = await resolveVisible(workspace, spec.cwd);
      const confine = confineArguments("self", { network: spec.isolation === "networked" });
      const around = [...confine, ...user, ...limitArguments(spec), ...MAKE_HOME];
      const [first = "", ...rest] = [...around, ...spec.argv];
      const home = (hasFolders && env["HOME"]) || HOME;
      return { argv: [first, ...rest], cwd, env: { ...env, HOME: home, [CALL_MARK]: spec.callId } };
    },
  };
}

/** There commands are kept from the network by their user, and what could lead them would be of that user as well. */
function withoutProxy(options: SandboxOptions): SandboxOptions {
  if (!options.nodes?.some(({ proxy }) => proxy)) return options;
  throw new AppError(
    "bad_config",
    "PROXMOX_PROXY does not go with SANDBOX=container: run ./minilab up instead.",
  );
}

/** Not the agent's: programs believe what they find at home. */
const HOME = "/tmp/tools";
const MAKE_HOME = ["sh", "-c", 'mkdir -p "$HOME" && exec "$@"', "sh"];

/** It stands outside: nothing in the sandbox can touch it. */
function routed({ isolation }: CommandSpec, { nodes = [] }: SandboxOptions): string[] {
  return isolation === "networked" ? routeArguments(nodes) : [];
}

function createUnprotected(options: SandboxOptions): Sandbox {
  return {
    kind: "none",
    async isolate(spec, env) {
      if (spec.isolation === "read-only")
        throw new AppError("missing_requirement", `Read-only commands need a sandbox: ${REMEDY}.`);
      const cwd = await resolveVisible(options.workspace, spec.cwd);
      const limits = limitArguments(spec, { processes: false });
      const [first, ...rest] = [...routed(spec, options), ...limits, ...spec.argv];
      return { argv: [first ?? "", ...rest], cwd, env: { ...env, [CALL_MARK]: spec.callId } };
    },
  };
}

function required(user: ToolUser | undefined, setting = "TOOL_UID"): ToolUser {
  if (user) return user;
  throw new AppError("bad_config", `SANDBOX=container needs ${setting}, the user that commands run as.`);
}
