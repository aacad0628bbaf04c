/**
 * Programs on a node, over a connection of its own: for what the operator does before there is a team. Nothing is redacted
 * here, since one answer is the secret that was asked for: what comes back is never printed.
 */
import { readFileSync } from "node:fs";
import { type Config, projectPath } from "../../agents/base/config.ts";
import { AppError, describeError } from "../../agents/base/errors.ts";
import { abortable } from "../../agents/host/commands/abortable.ts";
import { connectNode } from "../../agents/host/nodes/connect-host.ts";
import { endOf, startCommand } from "../../agents/host/nodes/exec-channel.ts";
import { quoted } from "../../agents/host/nodes/remote-command.ts";
import type { Client, ClientChannel } from "../../agents/host/nodes/ssh.ts";

export type NodeShell = {
  readonly node: string;
  /** The program's standard output. AppError `unavailable` when it ends with another code than 0, with what it said. */
  run(argv: readonly string[]): Promise<string>;
  close(): void;
};

const MAX_OUTPUT_BYTES = 1_000_000;
const MAX_SAID_CHARS = 300;

/** On the first node that answers. AppError `bad_config` without nodes or key, `unavailable` when none answers. */
export async function openNodeShell(
  config: Config,
  { onNotice, signal }: { onNotice: (text: string) => void; signal: AbortSignal },
): Promise<NodeShell> {
  const login = {
    user: config.SSH_USER,
    privateKey: readKey(config),
    knownNodesFile: projectPath(config, config.KNOWN_NODES_FILE),
    onNotice,
  };
  const problems: string[] = [];
  for (const node of config.PROXMOX_NODES) {
    try {
      const client = await connectNode(node, login, signal);
      client.on("error", () => {}); // a broken connection shows at its next use
      return shellOver(client, { node: node.name, isRoot: login.user === "root", signal });
    } catch (error) {
      signal.throwIfAborted();
      problems.push(describeError(error));
    }
  }
  if (problems.length > 0) throw new AppError("unavailable", problems.join("\n"));
  throw new AppError("bad_config", "PROXMOX_NODES names no node: there is no cluster to make a token on");
}

function readKey(config: Config): Buffer {
  const file = projectPath(config, config.SSH_KEY_FILE);
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AppError("bad_config", `SSH_KEY_FILE: ${file} cannot be read: ${describeError(error)}`);
  }
}

type Use = { node: string; isRoot: boolean; signal: AbortSignal };

function shellOver(client: Client, { node, isRoot, signal }: Use): NodeShell {
  return {
    node,
    close: () => client.destroy(),
    async run(argv) {
      const words = isRoot ? argv : ["sudo", "-n", ...argv];
      const line = words.map(quoted).join(" ");
      const ended = await abortable(startCommand(client, line, outcomeOf), signal);
      if (ended?.exitCode === 0) return ended.stdout;
      const said = (ended?.stderr.trim() || "the connection broke").slice(0, MAX_SAID_CHARS);
      throw new AppError("unavailable", `${node}: ${words.slice(0, 4).join(" ")}: ${said}`);
    },
  };
}

type Outcome = { exitCode: number | null; stdout: string; stderr: string };

async function outcomeOf(channel: ClientChannel): Promise<Outcome> {
  const [stdout, stderr] = [take(channel), take(channel.stderr)];
  const ending = await endOf(channel);
  return { exitCode: ending?.exitCode ?? null, stdout: await stdout, stderr: await stderr };
}

/** What a node says is bounded: the rest is read and dropped. */
async function take(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
