/**
 * Another user for commands, where the container is the border: without a capability, a group of the agent's own
 * or a way to gain any. It is proved by trying before the first command; what does not hold is a refusal.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import type { Config } from "../../base/config.ts";
import { AppError, describeError } from "../../base/errors.ts";
import { ROOTS, type Workspace } from "../files/paths.ts";

export type ToolUser = {
  uid: number;
  /** The group that the workspace belongs to, when commands may write there. */
  gid: number;
  /** One more group, for folders that are not the workspace's. */
  group?: number;
};

export function toolUserOf({
  TOOL_UID,
  TOOL_GID = TOOL_UID,
}: Pick<Config, "TOOL_UID" | "TOOL_GID">): ToolUser {
  return { uid: TOOL_UID, gid: TOOL_GID };
}

/** Of commands with folders of their own: no other command is this user, or in this group. */
export function folderUserOf({ TERRAFORM_UID, ...config }: Config): ToolUser | undefined {
  const { gid } = toolUserOf(config);
  return TERRAFORM_UID === undefined ? undefined : { uid: TERRAFORM_UID, gid, group: TERRAFORM_UID };
}

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 10_000;
const REMEDY =
  "start the agent with the capabilities SETUID, SETGID and KILL (as docker-compose.yml does), or set " +
  "SANDBOX=bubblewrap";

/**
 * What stands before a command so that it runs as that user. AppError `missing_requirement` when this process
 * cannot become it, or would keep a right that commands must not have.
 */
export async function becomeArguments({ uid, gid, group }: ToolUser): Promise<string[]> {
  const ids = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    group === undefined ? "--clear-groups" : `--groups=${group}`,
  ];
  const rights = ["--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"];
  let problem: unknown = `TOOL_UID=${uid} is the agent's own user`;
  if (uid === process.getuid?.()) throw refusal(problem);
  // Without SETPCAP the bounding set stays what the container gave: with no-new-privileges it gives nothing.
  for (const bounding of [["--bounding-set=-all"], []]) {
    const become = ["setpriv", ...ids, ...rights, ...bounding, "--"];
    try {
      const { stdout } = await runAs(become, ["cat", "/proc/self/status"]);
      if (isConfined(stdout, uid, group)) return become;
      problem = "a command would keep capabilities";
    } catch (error) {
      problem = error;
    }
  }
  throw refusal(problem);
}

/** AppError `missing_requirement` when commands of this user could write in the workspace, or reach any network. */
export async function requireAudit(become: readonly string[], workspace: Workspace): Promise<void> {
  await using listener = await listenEverywhere();
  const folders = ROOTS.flatMap((root) => [root, workspace[root]]);
  const { stdout } = await runAs(become, ["bash", "-c", AUDIT, "bash", ...folders, ...listener.places]);
  if (stdout === "") return;
  const found = stdout.trim().replaceAll("\n", ", ");
  throw new AppError(
    "missing_requirement",
    `Read-only commands are refused: ${found}. Mount the folders read-only (":ro"), and let no packet of ` +
      "TOOL_UID out, loopback included (launcher/container-firewall.sh).",
  );
}

/** A network is proved absent by this process's own door, on each address that it has. */
const AUDIT = `
while [ "\${1#/}" != "$1" ]; do
  [ -w "$2" ] && echo "$1 is writable"
  shift 2
done
for place; do
  timeout 2 bash -c ": < /dev/tcp/$place" 2>/dev/null && echo "\${place%/*} can be reached"
done
exit 0`;

async function listenEverywhere() {
  const server = createServer((socket) => socket.destroy()).listen(0);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const own = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const usable = own.filter(({ scopeid = 0 }) => scopeid === 0);
  return {
    places: usable.map((found) => `${found.address}/${port}`),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

function isConfined(status: string, uid: number, group: number | undefined): boolean {
  const lines = status.split("\n");
  const field = (name: string) =>
    lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? "absent";
  const capabilities = ["CapInh", "CapPrm", "CapEff", "CapAmb"].map(field);
  return (
    field("Uid")
      .split(/\s+/)
      .every((id) => id === String(uid)) &&
    field("Groups") === (group === undefined ? "" : String(group)) &&
    field("NoNewPrivs") === "1" &&
    capabilities.every((set) => /^0+$/.test(set))
  );
}

async function runAs(become: readonly string[], command: string[]): Promise<{ stdout: string }> {
  const [program = "", ...args] = [...become, ...command];
  return await run(program, args, {
    timeout: PROBE_TIMEOUT_MS,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
}

function refusal(problem: unknown): AppError {
  const why = typeof problem === "string" ? problem : describeError(problem).trim();
  return new AppError(
    "missing_requirement",
    `Commands cannot run as another user: ${why}\nRemedy: ${REMEDY}.`,
  );
}
