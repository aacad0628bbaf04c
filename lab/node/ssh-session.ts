/**
 * One session of an SSH client on a node: a command, a shell or sftp, as a real process. As with the real sshd, a
 * command without a terminal goes on when its client leaves; with a terminal it is hung up.
 */
import { describeError } from "../../agents/base/errors.ts";
import { type Machine, NODE_PATH, type NodeProcess } from "./machine.ts";
import type { PseudoTtyInfo, ServerChannel, Session } from "./ssh-server.ts";

export type SessionOptions = {
  machine: Machine;
  /** SSH_CLIENT and SSH_CONNECTION. */
  env: Readonly<Record<string, string>>;
  /** Before a command starts: brings the node's files up to date. */
  prepare(): Promise<void>;
  x11Forwarding(): boolean;
};

const SFTP_SERVER = "/usr/lib/openssh/sftp-server";

export function serveSession(session: Session, options: SessionOptions): void {
  const asked: { env: Record<string, string>; pty: PseudoTtyInfo | undefined } = { env: {}, pty: undefined };
  session.on("env", (accept, reject, { key, val }) => {
    if (!/^(?:LANG|LC_[A-Z]+)$/.test(key)) return reject?.();
    asked.env[key] = val;
    accept?.();
  });
  session.on("pty", (accept, _reject, info) => {
    asked.pty = info;
    accept?.();
  });
  session.on("x11", (accept, reject) => (options.x11Forwarding() ? accept?.() : reject?.()));
  session.on("exec", (accept, _reject, { command }) => void run(accept(), ["/bin/bash", "-c", command]));
  session.on("shell", (accept) => void run(accept(), ["/bin/bash", "-l"]));
  session.on("subsystem", (accept, reject, { name }) =>
    name === "sftp" ? void run(accept(), [SFTP_SERVER]) : reject(),
  );

  const run = async (channel: ServerChannel, argv: [string, ...string[]]) => {
    channel.on("error", () => channel.destroy()); // the connection broke; "close" follows
    await options.prepare().catch((error: unknown) => channel.stderr.write(`lab: ${describeError(error)}\n`));
    const env = { ...options.env, ...userEnvironment(), ...asked.env };
    if (asked.pty)
      connect(channel, options.machine.spawn(onTerminal(argv, asked.pty), { ...env, TERM: "xterm" }), true);
    else connect(channel, options.machine.spawn(argv, env), false);
  };
}

function connect(channel: ServerChannel, child: NodeProcess, hangUp: boolean): void {
  child.stdin.on("error", () => child.stdin.destroy()); // the command has closed its input
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.once("error", (error) => {
    channel.stderr.write(`lab: ${error.message}\n`);
    channel.exit(255);
    channel.end();
  });
  child.once("close", (code, signal) => {
    if (signal === null) channel.exit(code ?? 255);
    else channel.exit(signal.slice("SIG".length), false, "");
    channel.end();
  });
  channel.once("close", () => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    const running = child.exitCode === null && child.signalCode === null;
    if (hangUp && running && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  });
}

/** `script` lends the terminal. Its own death closes it, and the kernel then hangs up what runs on it. */
function onTerminal(argv: readonly string[], { rows, cols }: PseudoTtyInfo): [string, ...string[]] {
  const size = `stty rows ${Math.trunc(rows)} cols ${Math.trunc(cols)}`;
  const quoted = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return ["/usr/bin/script", "--quiet", "--return", "--command", `${size}; exec ${quoted}`, "/dev/null"];
}

function userEnvironment(): Record<string, string> {
  return {
    HOME: "/root",
    LANG: "C.UTF-8",
    LOGNAME: "root",
    PATH: NODE_PATH,
    SHELL: "/bin/bash",
    USER: "root",
  };
}
