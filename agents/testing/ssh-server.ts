/** A node for tests: a real SSH server that runs real bash, and like sshd lets commands outlive their channel. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthContext, Connection, PublicKeyAuthContext, ServerChannel } from "ssh2";
import type { NodeAddress } from "../base/config.ts";
import { loadSsh2, type ParsedKey } from "../host/nodes/ssh.ts";

export type TestNode = {
  address: NodeAddress;
  /** Connections accepted so far. */
  connections(): number;
  /** Commands received so far, as the login shell gets them. */
  commands: string[];
  /** Break every open connection; the commands run on. */
  drop(): void;
  /** Ends the server and every process group that it started. */
  close(): Promise<void>;
};

export type KeyPair = { private: string; public: string };

/** Some of the key pairs that ssh2 1.17 generates cannot be parsed by it; those are thrown away. */
export async function makeKey(): Promise<KeyPair> {
  const { utils } = await loadSsh2();
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

/** `port` 0 is any free one. Lets in whoever has `authorized`, under any user name. */
export async function startTestNode(options: {
  name: string;
  authorized: string;
  hostKey: string;
  port?: number;
  /** Asked when a command has been started; what is true breaks the connection before the client is told. */
  isCutOff?: (command: string) => boolean;
  /** How a command is run, in place of `bash -c`; for commands that may do harm. */
  shell?: (command: string) => readonly [string, ...string[]];
}): Promise<TestNode> {
  const ssh2 = await loadSsh2();
  const authorized = ssh2.utils.parseKey(options.authorized);
  if (authorized instanceof Error) throw authorized;
  const shell = options.shell ?? ((command: string) => ["bash", "-c", command] as const);
  const home = mkdtempSync(join(tmpdir(), "test-node-")); // Ansible writes there
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8" };
  const open = new Set<Connection>();
  const children = new Set<ChildProcess>();
  const commands: string[] = [];
  let connections = 0;
  const server = new ssh2.Server({ hostKeys: [options.hostKey] }, (client) => {
    connections++;
    open.add(client);
    client.on("close", () => open.delete(client)).on("error", () => {}); // a dropped connection is normal here
    client.on("authentication", (attempt) => authenticate(attempt, authorized));
    client.on("session", (accept) => {
      const session = accept();
      session.on("pty", (acceptPty) => acceptPty?.()); // terraform asks for one; pipes will do here
      session.on("exec", (acceptExec, _reject, { command }) => {
        commands.push(command);
        const [program, ...args] = shell(command);
        if (options.isCutOff?.(command)) {
          children.add(spawn(program, args, { detached: true, stdio: "ignore", env }));
          client.end();
          return;
        }
        children.add(connected(spawn(program, args, { detached: true, env }), acceptExec()));
      });
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const drop = () => {
    for (const client of open) client.end();
  };
  return {
    address: { name: options.name, host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    connections: () => connections,
    commands,
    drop,
    async close() {
      const closed = once(server, "close");
      server.close();
      drop();
      for (const child of children) killGroup(child);
      await closed;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function authenticate(attempt: AuthContext, authorized: ParsedKey): void {
  if (attempt.method === "publickey" && isSignedBy(attempt, authorized)) attempt.accept();
  else attempt.reject(["publickey"]);
}

function isSignedBy(attempt: PublicKeyAuthContext, key: ParsedKey): boolean {
  if (!attempt.key.data.equals(key.getPublicSSH())) return false;
  if (!attempt.signature || !attempt.blob) return true; // only asks whether the key would do
  return key.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true;
}

function connected(child: ChildProcessWithoutNullStreams, channel: ServerChannel): ChildProcess {
  channel.on("error", () => {}); // the client went away
  channel.pipe(child.stdin).on("error", () => {}); // the command does not read its input
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("exit", (code, signalName) => {
    if (signalName) channel.exit(signalName.replace("SIG", ""));
    else channel.exit(code ?? 255);
  });
  child.on("close", () => channel.end());
  return child;
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // has ended by itself
  }
}
