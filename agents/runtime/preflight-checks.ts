/** The single checks that preflight is made of: each proves by trying, and says what to do when it fails. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Config, type NodeAddress, projectPath } from "../base/config.ts";
import { AppError, describeError } from "../base/errors.ts";
import { openNodeSocket } from "../base/node-socket.ts";
import { pingRedis } from "../bus/redis-start.ts";
import { callIdOf, turnIdOf } from "../host/commands/call-id.ts";
import type { CommandRunner, CommandSpec } from "../host/commands/command.ts";

/** One requirement, and whether it holds. */
export type Check = { name: string; ok: boolean; detail: string; remedy: string };

/** How to find out: resolves with a detail to show, rejects with what is wrong. */
export type Requirement = { name: string; remedy: string; prove(signal: AbortSignal): Promise<string> };

export async function carryOut(requirement: Requirement, signal: AbortSignal): Promise<Check> {
  const { name, remedy } = requirement;
  return requirement.prove(signal).then(
    (detail) => ({ name, ok: true, detail, remedy }),
    (error: unknown) => ({ name, ok: false, detail: describeError(error), remedy }),
  );
}

export function nodeVersion(): Requirement {
  return {
    name: "node",
    remedy: "run it through ./minilab, which brings Node 24",
    async prove() {
      return Number.parseInt(process.versions.node, 10) >= 24
        ? process.versions.node
        : missing(`Node ${process.versions.node} is too old`);
    },
  };
}

export function redis(config: Config): Requirement {
  return {
    name: "redis",
    remedy: "start Redis, or correct REDIS_URL",
    async prove(signal) {
      await pingRedis(config.REDIS_URL, signal);
      return "answers";
    },
  };
}

/** `path` is the real one, `name` what people call it. */
export function folder(name: string, path: string, need: "readable" | "writable"): Requirement {
  return {
    name,
    remedy: `make ${path} ${need} for uid ${process.getuid?.()} (in containers: mount it, MINILAB_UID owns it)`,
    async prove() {
      if (!(await stat(path)).isDirectory()) return missing(`${path} is no folder`);
      await access(path, constants.X_OK | constants.R_OK | (need === "writable" ? constants.W_OK : 0));
      return need;
    },
  };
}

export function readableFile(name: string, path: string): Requirement {
  return {
    name,
    remedy: `${path} must exist and be readable`,
    async prove() {
      await access(path, constants.R_OK);
      return path;
    },
  };
}

export function sshKey(config: Config): Requirement {
  const path = projectPath(config, config.SSH_KEY_FILE);
  return {
    name: "ssh key",
    remedy: `put the private key of the nodes at ${path} (SSH_KEY_FILE) with mode 0600`,
    async prove() {
      if (((await stat(path)).mode & 0o077) !== 0) return missing(`${path} is open to others than its owner`);
      return /PRIVATE KEY-----/.test(await readFile(path, "utf8"))
        ? path
        : missing(`${path} is no private key`);
    },
  };
}

/** Host keys are pinned at the first contact: the file, or the folder for a new one, must take a line. */
export function knownNodes(config: Config): Requirement {
  const path = projectPath(config, config.KNOWN_NODES_FILE);
  return {
    name: "known nodes",
    remedy: `make ${path} (KNOWN_NODES_FILE) writable for uid ${process.getuid?.()}`,
    async prove() {
      await access(path, constants.R_OK | constants.W_OK).catch(() => access(dirname(path), constants.W_OK));
      return path;
    },
  };
}

export function hasNodes(config: Config): Requirement {
  return {
    name: "nodes",
    remedy: "set PROXMOX_NODES, such as pve1=192.168.10.201,pve2=192.168.10.202",
    async prove() {
      return config.PROXMOX_NODES.map(({ name }) => name).join(", ") || missing("PROXMOX_NODES is empty");
    },
  };
}

export function reachableNode(node: NodeAddress): Requirement {
  const { name, host, port } = node;
  return {
    name: `node ${name}`,
    remedy: `check that ${host} is up and that TCP port ${port} is open from here`,
    async prove(signal) {
      (await openNodeSocket(node, { signal })).on("error", () => {}).destroy();
      return `${host}:${port} is reachable`;
    },
  };
}

/** Runs it as the tools do, inside the sandbox: a program that is there but invisible in it counts as missing. */
export function command(
  { name, remedy }: { name: string; remedy: string },
  runner: () => Promise<CommandRunner>,
  spec: Pick<CommandSpec, "argv" | "isolation" | "cwd">,
): Requirement {
  return {
    ...{ name, remedy },
    async prove(signal) {
      const callId = callIdOf(turnIdOf("preflight", randomUUID()), name); // other agents try the same at the same time
      const processes = await runner();
      const result = await processes.run({ ...spec, signal, timeoutMs: 60_000, callId });
      await processes.end(callId);
      const said = `${result.stdout.text}\n${result.stderr.text}`.trim().split("\n")[0] ?? "";
      if (result.kind === "exited" && result.exitCode === 0) return said;
      return missing(`${spec.argv.join(" ")}: ${result.kind}, exit code ${result.exitCode}; ${said}`);
    },
  };
}

export function missing(what: string): never {
  throw new AppError("missing_requirement", what);
}
