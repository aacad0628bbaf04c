/** The real console as a process of a test: in a pipe, or on a terminal that Python's pty module gives it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ConsoleRun = {
  /** Everything that it printed so far. */
  output: () => string;
  write: (text: string) => void;
  end: () => void;
  /** Resolves when the output since the last match holds `text`. */
  until: (text: string) => Promise<void>;
  /** Its exit code. */
  exit: () => Promise<number | null>;
  signal: (name: NodeJS.Signals) => void;
  /** End it, if it has not ended, and remove what it wrote. */
  stop: () => Promise<void>;
  directory: string;
};

const CONSOLE = join(import.meta.dirname, "..", "console.ts");

/**
 * Copies between its own standard streams and a terminal of the given size, and hands SIGTERM on. It ends with
 * the child's exit code and says how the child has left the terminal.
 */
const PTY = `
import fcntl, os, pty, select, signal, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(sys.argv[1]), int(sys.argv[2]), 0, 0))
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
watched, waiting = [fd, 0], b""
while True:
    ready, writable, _ = select.select(watched, [fd] if waiting else [], [])
    if 0 in ready:
        data = os.read(0, 65536)
        waiting += data
        if not data:
            watched.remove(0)
    if fd in writable:
        waiting = waiting[os.write(fd, waiting[:512]):]
    if fd in ready:
        try:
            os.write(1, os.read(fd, 65536))
        except OSError:
            break
_, status = os.waitpid(pid, 0)
is_canonical = termios.tcgetattr(fd)[3] & termios.ICANON
os.write(1, b"[terminal restored]" if is_canonical else b"[terminal left raw]")
sys.exit(os.waitstatus_to_exitcode(status) & 255)
`;

export type RunOptions = {
  url: string;
  terminal?: { rows: number; columns: number };
  args?: string[];
  env?: Readonly<Record<string, string>>;
};

export async function runConsole({ url, terminal, args = [], env: more }: RunOptions): Promise<ConsoleRun> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-console-"));
  const command = [process.execPath, CONSOLE, ...args];
  const pty = terminal && ["python3", "-c", PTY, String(terminal.rows), String(terminal.columns)];
  const [program = "", ...rest] = [...(pty ?? []), ...command];
  const env = {
    PATH: process.env["PATH"],
    HOME: directory,
    TERM: "xterm",
    REDIS_URL: url,
    PROJECT_DIR: directory,
    ...more,
  };
  const child = spawn(program, rest, { cwd: directory, env });
  const run = observe(child, directory);
  await once(child, "spawn"); // rejects where python3 is missing: apt-get install python3
  return run;
}

function observe(child: ChildProcess, directory: string): ConsoleRun {
  let output = "";
  let position = 0;
  let wake = Promise.withResolvers<void>();
  const exited = once(child, "close").then(([code]) => code as number | null);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      wake.resolve();
      wake = Promise.withResolvers();
    });
  }
  void exited.then(() => wake.resolve());
  return {
    output: () => output,
    write: (text) => void child.stdin?.write(text),
    end: () => void child.stdin?.end(),
    until: async (text) => {
      for (;;) {
        const found = output.indexOf(text, position);
        if (found >= 0) {
          position = found + text.length;
          return;
        }
        if (child.exitCode !== null) throw new Error(`the console ended without "${text}":\n${output}`);
        await wake.promise;
      }
    },
    exit: () => exited,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
    signal: (name) => void child.kill(name),
    directory,
  };
}
