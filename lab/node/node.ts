/**
 * One node of the lab: a file system and processes of its own behind a real SSH server. What its tools say about
 * guests comes from the cluster; whom it lets in comes from its own /etc/ssh, each time sshd is told to read it.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeAll } from "../machines/close-all.ts";
import { createClusterClient } from "../machines/cluster-client.ts";
import { createMirror } from "../machines/pmxcfs-mirror.ts";
import { fingerprintOf, keepKeyPair } from "../machines/ssh-keys.ts";
import { serveControl } from "./control.ts";
import { decideLogin } from "./logins.ts";
import { openMachine } from "./open-machine.ts";
import { startSshServer } from "./ssh-server.ts";
import { serveSession } from "./ssh-session.ts";
import { createSshdUnit } from "./sshd-unit.ts";

export type NodeOptions = {
  name: string;
  host: string;
  /** 0 for a free one. */
  port: number;
  /** Keeps the node between starts: its files, its host key, the password of root. */
  directory: string;
  clusterUrl: string;
  clusterToken: string;
  /** Content of the authorized_keys of root, written when the node has none yet. */
  authorizedKeys: string;
  /** Closes the node. */
  signal: AbortSignal;
};

export type RunningNode = {
  name: string;
  port: number;
  /** `SHA256:...` */
  hostKeyFingerprint: string;
  /** Mode 0600. */
  passwordFile: string;
  close(): Promise<void>;
};

/**
 * AppError `missing_requirement` for a program that is not here; `unavailable` or `bad_config` when the cluster does
 * not answer or does not know the node.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const closers: (() => Promise<void>)[] = [];
  const close = closeAll(closers);
  try {
    const node = await open(options, closers);
    options.signal.addEventListener("abort", () => void close(), { once: true });
    return { ...node, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Adds to `closers` what it opens, in that order. */
async function open(
  options: NodeOptions,
  closers: (() => Promise<void>)[],
): Promise<Omit<RunningNode, "close">> {
  const { name, directory, host, port, authorizedKeys, signal } = options;
  const cluster = createClusterClient({
    url: options.clusterUrl,
    token: options.clusterToken,
    node: name,
    signal,
  });
  const passwordFile = keepPassword(directory);
  const hostKey = keepKeyPair(join(directory, "ssh_host_ed25519_key"), `root@${name}`);
  const address = await cluster.address();
  const { machine, ...opened } = openMachine({
    name,
    address,
    hostKey,
    authorizedKeys,
  });
  closers.push(opened.close);
  const mirror = createMirror({ directory: join(machine.root, "etc/pve"), node: name, cluster });
  const unit = await createSshdUnit(machine);
  const authorizedKeysFile = join(machine.root, "root/.ssh/authorized_keys");
  const server = await startSshServer({
    ...{ host, port, hostKey: hostKey.privateKey },
    accepts: unit.active,
    decideLogin: (context) =>
      decideLogin(context, { authorizedKeysFile, passwordFile, settings: unit.settings }),
    serveSession: (session, env) => {
      serveSession(session, {
        machine,
        env,
        prepare: mirror.sync,
        x11Forwarding: () => unit.settings().x11Forwarding,
      });
    },
  });
  closers.push(server.close);
  const control = await serveControl(opened.controlSocket, async (argv) => {
    const outcome = await unit.run(argv, cluster.exec);
    await mirror.sync();
    return outcome;
  });
  closers.push(control.close);
  return { name, port: server.port, hostKeyFingerprint: fingerprintOf(hostKey.publicKey), passwordFile };
}

/** Random, never shown: who wants it must be able to read the file. */
function keepPassword(directory: string): string {
  const file = join(directory, "root-password");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(18).toString("base64url")}\n`, { mode: 0o600 });
  return file;
}
