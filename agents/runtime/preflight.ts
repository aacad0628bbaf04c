/**
 * Proves before the first turn that a role has what its tools need: an agent that lacks something says so and
 * takes no turn, instead of finding out from a failed call. What is needed follows from the role's permissions.
 */
import { join } from "node:path";
import { type Config, projectPath } from "../base/config.ts";
import { broughtPrograms } from "../host/commands/brought-programs.ts";
import type { CommandRunner } from "../host/commands/command.ts";
import { createCommandRunner } from "../host/commands/command-runner.ts";
import { createSandbox, describeSandbox } from "../host/commands/sandbox.ts";
import { toolUserOf } from "../host/commands/tool-user.ts";
import { callsFolder, type Root, workspaceOf } from "../host/files/paths.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import { PERMISSIONS } from "../tools/permissions.ts";
import type { Access } from "../tools/tool.ts";
import { model } from "./endpoint-check.ts";
import * as check from "./preflight-checks.ts";

export type { Check } from "./preflight-checks.ts";

type Granted = Readonly<Partial<Record<string, Access>>>;
type Requirement = check.Requirement;
type RunnerOptions = { config: Config; role: Role; redactor: Redactor };

const TIMEOUT_MS = 60_000;

/**
 * Every requirement of the role; never rejects because one does not hold. Folders come first, on their own:
 * making the sandbox would make those that are missing.
 */
export async function preflight(
  config: Config,
  role: Role,
  { redactor, signal }: { redactor: Redactor; signal: AbortSignal },
): Promise<check.Check[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const tryAll = (requirements: Requirement[]) =>
    Promise.all(requirements.map((requirement) => check.carryOut(requirement, limited)));
  const granted: Granted = PERMISSIONS[role];
  const found = await tryAll([...basics(config, role), ...folders(config, granted)]);
  return [
    ...found,
    ...(await tryAll([...programs({ config, role, redactor }, granted), ...nodes(config, granted)])),
  ];
}

function basics(config: Config, role: Role): Requirement[] {
  return [
    check.nodeVersion(),
    check.redis(config),
    model(config),
    check.readableFile("prompt", projectPath(config, `prompts/${role}.md`)),
  ];
}

/** Everybody keeps an execution log in /app/docs. */
function folders(config: Config, granted: Granted): Requirement[] {
  const workspace = workspaceOf(config.WORKSPACE_LAYOUT, projectPath(config, "."));
  const need = granted["save_file"] === "full" ? "writable" : "readable";
  const others: Root[] = ["/app/infra", "/app/config", "/tmp/app"];
  const reads = granted["read_file"] === "full";
  return [
    check.folder("/app/docs", workspace["/app/docs"], "writable"),
    ...(reads ? others.map((root) => check.folder(root, workspace[root], need)) : []),
  ];
}

function programs(of: RunnerOptions, granted: Granted): Requirement[] {
  const runner = lazyRunner(of);
  const spec = {
    isolation: granted["run_shell"] === "audit" ? "read-only" : "workspace",
    cwd: "/app/docs",
  } as const;
  const run = (name: string, remedy: string, argv: [string, ...string[]]) =>
    check.command({ name, remedy }, runner, { ...spec, argv });
  return [
    ...(granted["run_shell"]
      ? [described(of.config, run("sandbox", SANDBOX_REMEDY, ["bash", "-c", "true"]))]
      : []),
    ...(granted["run_terraform"] === "full"
      ? [run("terraform", TERRAFORM_REMEDY, ["terraform", "version"])]
      : []),
    ...(granted["run_ansible"] === "full"
      ? [run("ansible", ANSIBLE_REMEDY, ["ansible-playbook", "--version"])]
      : []),
    ...(granted["run_ansible"] === "full"
      ? [run("ssh", "apt-get install openssh-client", ["ssh", "-V"])]
      : []),
  ];
}

/** What protects is said as well, so that nobody takes a machine without protection for one that has it. */
function described(config: Config, sandbox: Requirement): Requirement {
  return {
    ...sandbox,
    async prove(signal) {
      await sandbox.prove(signal);
      return await describeSandbox(config.SANDBOX, toolUserOf(config));
    },
  };
}

const SANDBOX_REMEDY =
  "./minilab up brings it; or: apt-get install bubblewrap perl-base; in a container, mount read-only what the role only reads";
const ANSIBLE_REMEDY = "./minilab up brings it, as the image does; or: apt-get install ansible-core";
const TERRAFORM_REMEDY =
  "./minilab up brings it, as the image does; or install terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install";

function nodes(config: Config, granted: Granted): Requirement[] {
  if (!granted["run_ssh"] && granted["run_ansible"] !== "full") return [];
  return [
    check.sshKey(config),
    check.knownNodes(config),
    check.hasNodes(config),
    ...config.PROXMOX_NODES.map((node) => check.reachableNode(node)),
  ];
}

/** Made once, at the first command; without a sandbox each command says so. */
function lazyRunner(of: RunnerOptions): () => Promise<CommandRunner> {
  let runner: Promise<CommandRunner> | undefined;
  return () => (runner ??= createRunner(of));
}

async function createRunner({ config, role, redactor }: RunnerOptions): Promise<CommandRunner> {
  const workspace = workspaceOf(config.WORKSPACE_LAYOUT, projectPath(config, "."));
  const { programs, systemPath } = broughtPrograms(config.MINILAB_PROGRAMS);
  const sandbox = await createSandbox(config.SANDBOX, {
    ...{ workspace, programs, nodes: config.PROXMOX_NODES, toolUser: toolUserOf(config) },
  });
  const artifacts = {
    directory: join(workspace["/app/docs"], "tool_output"),
    visibleDirectory: "/app/docs/tool_output",
  };
  const calls = callsFolder(config.WORKSPACE_LAYOUT, projectPath(config, "."), role);
  return createCommandRunner({ sandbox, artifacts, calls, redactor, permit: () => {}, systemPath });
}
