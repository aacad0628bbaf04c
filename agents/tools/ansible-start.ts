/** How the programs of ansible are started: with settings of ours in place of those that lie in the workspace. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { CommandResult, CommandSpec } from "../host/commands/command.ts";
import { type Redacted, redacted } from "../redact/redacted.ts";
import { RECAP_PLUGIN, RECAP_VARIABLE } from "./ansible-plugin.ts";
import type { RunFolder, SshAccess } from "./run-folder.ts";
import type { ToolContext } from "./tool.ts";

/** Where roles lie that playbooks in subfolders share. */
const ROLES = "/app/config/roles";

/** For every program of ansible, whatever it is asked. */
const COMMON = {
  ANSIBLE_NOCOLOR: "1",
  ANSIBLE_LOCAL_TEMP: "/tmp/ansible",
  ANSIBLE_ROLES_PATH: ROLES,
  PYTHONDONTWRITEBYTECODE: "1",
};

export type Started = { timeout_s: number; folder: RunFolder; ssh: SshAccess; context: ToolContext };

/** With the network, the nodes' pinned keys and an SSH agent. */
export async function startAnsible(
  { timeout_s, folder, ssh, context }: Started,
  argv: CommandSpec["argv"],
  { part }: Pick<CommandSpec, "part"> = {},
): Promise<CommandResult> {
  return await context.processes.run({
    ...withVaultKey(argv, context),
    cwd: "/app/config",
    env: {
      ...COMMON,
      ...ssh.env,
      ANSIBLE_CONFIG: `${folder.visible}/ansible.cfg`,
      ANSIBLE_HOST_KEY_CHECKING: "True",
      ANSIBLE_REMOTE_TEMP: "/tmp/ansible-here", // of tasks delegated to this machine, whose home is not the sandbox's
      ANSIBLE_PIPELINING: "True",
      ANSIBLE_SSH_TRANSFER_METHOD: "piped", // a hardened node may have no sftp
      ANSIBLE_RETRY_FILES_ENABLED: "False",
      ANSIBLE_CALLBACK_PLUGINS: folder.visible,
      ANSIBLE_CALLBACKS_ENABLED: RECAP_PLUGIN,
      [RECAP_VARIABLE]: `${folder.visible}/recap.json`,
    },
    timeoutMs: timeout_s * 1_000,
    callId: context.call.id,
    part,
    isolation: "networked",
    sockets: ssh.sockets,
    signal: context.call.signal,
  });
}

/** Without a network, and for a role that only looks without the right to write. */
export async function startLooking(
  { timeout_s, context }: Pick<Started, "timeout_s" | "context">,
  argv: CommandSpec["argv"],
): Promise<CommandResult> {
  return await context.processes.run({
    ...withVaultKey(argv, context),
    cwd: "/app/config",
    env: { ...COMMON, ANSIBLE_HOST_PATTERN_MISMATCH: "ignore", ANSIBLE_LOCALHOST_WARNING: "False" },
    timeoutMs: timeout_s * 1_000,
    callId: context.call.id,
    isolation: context.access === "full" ? "workspace" : "read-only",
    signal: context.call.signal,
  });
}

/** By standard input, through the program that ansible runs for it: in no file, argument or environment. */
function withVaultKey(
  argv: CommandSpec["argv"],
  { vaultKey, access }: Pick<ToolContext, "vaultKey" | "access">,
): Pick<CommandSpec, "argv" | "input"> {
  const [program, ...args] = argv;
  const isWanted = access === "full" && (program === "ansible-playbook" || program === "ansible-inventory");
  if (vaultKey === undefined || !isWanted) return { argv };
  return { argv: [program, "--vault-password-file=/bin/cat", ...args], input: `${vaultKey}\n` };
}

/** What lies in the workspace as if it counted. */
export async function unreadSettings({ workspace }: Pick<ToolContext, "workspace">): Promise<Redacted[]> {
  const isThere = await stat(join(workspace["/app/config"], "ansible.cfg")).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  return [
    redacted`/app/config/ansible.cfg is not read: run_ansible has settings of its own. Roles are looked for in roles/ beside the playbook and in /app/config/roles, variables in group_vars/ and host_vars/ beside the playbook or the inventory.`,
  ];
}
