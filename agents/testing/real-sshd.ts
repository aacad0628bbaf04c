/** A real OpenSSH server on loopback, of this user and with settings that a test writes, for what only sshd itself shows. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { NodeAddress } from "../base/config.ts";
import { makeKey } from "./ssh-server.ts";

export type RealSshd = {
  address: NodeAddress;
  user: string;
  /** Writes its settings, and ends the listener for a new one; who is logged in stays so. */
  reload(settings: string): Promise<void>;
  close(): Promise<void>;
};

const PROGRAM = "/usr/sbin/sshd";

/** Lets this user in with the key; `settings` are lines of sshd_config that come first, so that they win. */
export async function startRealSshd(authorized: string, settings = ""): Promise<RealSshd> {
  const directory = await mkdtemp(join(tmpdir(), "real-sshd-"));
  const file = (name: string) => join(directory, name);
  await writeFile(file("host_key"), (await makeKey()).private, { mode: 0o600 });
  await writeFile(file("authorized_keys"), `${authorized}\n`, { mode: 0o600 });
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 }); // its place for separated privileges
  const port = await freePort();
  const common = `ListenAddress 127.0.0.1:${port}
HostKey ${file("host_key")}
AuthorizedKeysFile ${file("authorized_keys")}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
`;
  let listener: ChildProcess | undefined;
  const reload = async (changed: string) => {
    await writeFile(file("sshd_config"), `${changed}\n${common}`);
    await end(listener);
    listener = spawn(PROGRAM, ["-D", "-e", "-f", file("sshd_config")], { stdio: "ignore" });
    await untilItListens(port, listener);
  };
  await reload(settings);
  return {
    address: { name: "pve1", host: "127.0.0.1", port },
    user: userInfo().username,
    reload,
    async close() {
      await end(listener);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function end(listener: ChildProcess | undefined): Promise<void> {
  if (!listener || listener.exitCode !== null || listener.signalCode !== null) return;
  const gone = once(listener, "exit");
  listener.kill("SIGTERM");
  await gone;
}

/** AppError-free on purpose: a server that does not come up is a broken test machine. */
async function untilItListens(port: number, listener: ChildProcess): Promise<void> {
  while (listener.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await Promise.race([
      once(socket, "data").then(() => true),
      once(socket, "error").then(() => false),
      once(socket, "close").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isUp) return;
    await wait(20);
  }
  throw new Error(`${PROGRAM} did not start: apt-get install openssh-server`);
}
