/**
 * run_ansible: a playbook against the nodes, with pinned host keys and an SSH agent. The recap decides: a run
 * that reached no host, or not all of them, is a failure whatever its exit code says.
 */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { z } from "zod";
import { isAppError } from "../base/errors.ts";
import type { CommandResult, CommandSpec } from "../host/commands/command.ts";
import { joinRedacted, ours, type Redacted, redacted, rewrite } from "../redact/redacted.ts";
import { checkInventory, defaultInventory, findInventory } from "./ansible-inventory.ts";
import { findPlaybook } from "./ansible-playbook.ts";
import * as recaps from "./ansible-recap.ts";
import { joinLines, toToolResult } from "./command-result.ts";
import * as runs from "./run-folder.ts";
import { defineTool, type ToolContext, type ToolResult } from "./tool.ts";

const input = z.strictObject({
  playbook: z.string().min(1).describe("Full path, e.g. /app/config/site.yml."),
  inventory: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A file with groups and variables of the nodes, beside the default inventory: the group proxmox with every node.",
    ),
  limit: z
    .string()
    .regex(/^[A-Za-z0-9_*!][\w.*:!&,-]*$/, "host or group names, as in pve1,pve2")
    .optional(),
  check: z.boolean().default(false).describe("Ask its modules to only say what they would change."),
  diff: z.boolean().default(false),
  tags: z
    .array(z.string().regex(/^\w[\w.:-]*$/, "a tag is a word"))
    .max(50)
    .optional(),
  extra_vars: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, "a variable is a word"), z.json())
    .default({})
    .describe("A JSON object; lists stay lists."),
  timeout_s: z.int().min(1).max(3_600).default(900),
});

type Input = z.infer<typeof input>;
type Run = { args: Input; folder: runs.RunFolder; ssh: runs.SshAccess; context: ToolContext };

export const runAnsible = defineTool({
  name: "run_ansible",
  description:
    "Run a playbook under /app/config against the nodes (group proxmox). The last lines are the recap of each host.",
  input,
  // A check run as well: what it leaves undone is up to each task, and to variables that name programs on the nodes.
  effect: () => "infrastructure",
  target: ({ playbook }) => posix.normalize(playbook),
  async run(args, context) {
    const playbook = await findPlaybook(context.workspace, args.playbook);
    const inventory = args.inventory && (await findInventory(context.workspace, args.inventory));
    await pinNodes(context);
    const folder = await runs.makeRunFolder(
      runs.openRuns(context),
      context.call,
      await runFiles(args, context),
    );
    return await runs.withSshAgent(context, "required", async (ssh) => {
      const run = { args, folder, ssh, context };
      const files = [`${folder.visible}/nodes.json`, ...(inventory ? [inventory] : [])];
      const inventories = files.flatMap((file) => ["-i", file]);
      if (inventory) {
        const list = ["--list", "--playbook-dir", posix.dirname(playbook)];
        const listed = await start(run, ["ansible-inventory", ...inventories, ...list], "inventory");
        checkInventory(listed, context.nodes.nodes);
      }
      const play = ["ansible-playbook", ...inventories, ...options(args, folder), playbook] as const;
      for (const { name } of context.nodes.nodes) context.call.touch(name);
      return await conclude(run, await start(run, play));
    });
  },
  async adopt(_, context) {
    const folder = runs.runFolder(runs.openRuns(context), context.call.id);
    const played = await context.processes.adopt(context.call.id, context.call);
    return played && (await conclude({ folder, context }, played));
  },
});

/** A node that does not answer is ansible's to report; a changed host key or a missing key ends it here. */
async function pinNodes({ nodes, call }: ToolContext): Promise<void> {
  const pins = await Promise.allSettled(nodes.nodes.map(({ name }) => nodes.pin(name, call)));
  for (const pin of pins) {
    if (pin.status === "rejected" && !isAppError(pin.reason, "unavailable")) throw pin.reason;
  }
}

async function runFiles({ extra_vars }: Input, { nodes }: ToolContext): Promise<Record<string, string>> {
  return {
    "ansible.cfg": "", // in place of one that lies in the workspace
    "nodes.json": defaultInventory(nodes),
    pinned_hosts: await readFile(nodes.knownNodesFile, "utf8").catch(ignoreMissing),
    "extra_vars.json": JSON.stringify(extra_vars),
    [`${recaps.RECAP_PLUGIN}.py`]: recaps.RECAP_PLUGIN_SOURCE,
  };
}

function options({ limit, check, diff, tags, extra_vars }: Input, folder: runs.RunFolder): string[] {
  return [
    ...(Object.keys(extra_vars).length > 0 ? ["--extra-vars", `@${folder.visible}/extra_vars.json`] : []),
    // Last, so that no variable of a playbook or of the model can leave the pinned keys out.
    ...[
      "--extra-vars",
      JSON.stringify({
        ansible_ssh_args: sshArguments(folder),
        ansible_ssh_common_args: "",
        ansible_ssh_extra_args: "",
      }),
    ],
    ...(limit ? [`--limit=${limit}`] : []),
    ...(tags?.length ? [`--tags=${tags.join(",")}`] : []),
    ...(check ? ["--check"] : []),
    ...(diff ? ["--diff"] : []),
  ];
}

function sshArguments({ visible }: runs.RunFolder): string {
  const settings = [
    `UserKnownHostsFile=${visible}/pinned_hosts`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "IdentityFile=none",
    "BatchMode=yes",
    "ControlMaster=auto",
    "ControlPersist=60s",
  ];
  return ["-F /dev/null", ...settings.map((setting) => `-o ${setting}`)].join(" ");
}

/** From how ansible-playbook ended, and its recap, to what the model reads. */
async function conclude(
  { folder, context }: Pick<Run, "folder" | "context">,
  played: CommandResult,
): Promise<ToolResult> {
  const notEnded = await endOnNodes(context, played);
  for (const { name } of context.nodes.nodes) context.nodes.suspect(name);
  const recap = await recaps.readRecap(join(folder.real, "recap.json"));
  const result = toToolResult(played, context);
  const lines = recaps.recapLines(recap).map(context.redactor);
  return {
    ...result,
    kind: result.kind === "ok" && !recaps.isSuccess(recap) ? "failed" : result.kind,
    stdout: joinRedacted([rewrite(result.stdout, (text) => text.trimEnd()), ...lines], "\n"),
    stderr: joinLines([result.stderr, ...notEnded]),
  };
}

/** When it was interrupted ansible's connections are gone, what it had started on the nodes is not. */
async function endOnNodes({ nodes, call }: ToolContext, { kind }: CommandResult): Promise<Redacted[]> {
  const isOver = async (name: string) =>
    kind === "exited" || kind === "not-started" || (await nodes.end(name, call.id));
  const ended = await Promise.all(nodes.nodes.map(({ name }) => isOver(name)));
  for (const [index, { name }] of nodes.nodes.entries()) if (ended[index]) call.settle(name);
  const left = nodes.nodes.filter((_, index) => !ended[index]).map(({ name }) => name);
  return left.length === 0
    ? []
    : [
        redacted`Whether a task still runs is not confirmed for: ${ours(left.join(", "))}. Look before you repeat.`,
      ];
}

async function start(
  { args, folder, ssh, context }: Run,
  argv: CommandSpec["argv"],
  part?: string,
): Promise<CommandResult> {
  return await context.processes.run({
    argv,
    cwd: "/app/config",
    env: {
      ...ssh.env,
      ANSIBLE_CONFIG: `${folder.visible}/ansible.cfg`,
      ANSIBLE_NOCOLOR: "1",
      ANSIBLE_HOST_KEY_CHECKING: "True",
      ANSIBLE_PIPELINING: "True",
      ANSIBLE_SSH_TRANSFER_METHOD: "piped", // a hardened node may have no sftp
      ANSIBLE_RETRY_FILES_ENABLED: "False",
      ANSIBLE_LOCAL_TEMP: "/tmp/ansible",
      ANSIBLE_CALLBACK_PLUGINS: folder.visible,
      ANSIBLE_CALLBACKS_ENABLED: recaps.RECAP_PLUGIN,
      [recaps.RECAP_VARIABLE]: `${folder.visible}/recap.json`,
      PYTHONDONTWRITEBYTECODE: "1",
    },
    timeoutMs: args.timeout_s * 1_000,
    callId: context.call.id,
    part,
    isolation: "networked",
    sockets: ssh.sockets,
    signal: context.call.signal,
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error;
  return ""; // no node answered yet: ansible will say that it knows no key
}
