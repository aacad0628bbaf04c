/**
 * A node as a sandbox on this machine: the programs of the host, read-only, in a file system, a process table, a
 * host name and a network of its own. One long-lived first process holds it; commands enter it one by one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";
import { CONTROL_SOCKET, LAB_DIR, type Machine, NODE_PATH } from "./machine.ts";

/** The first process: waits until the node's server lets go of its standard input, and buries orphans meanwhile. */
const FIRST_PROCESS = "#!/bin/bash\nwhile read -r _; do :; done\n";

export type SandboxOptions = {
  name: string;
  /** The node's `/`. */
  root: string;
  /** Becomes /opt/lab. */
  labDirectory: string;
  /** Becomes the folder of the control socket. */
  controlDirectory: string;
  /** Programs that stand before those of the host even when called by their full path. */
  programs: readonly string[];
};

/** AppError `missing_requirement` where the sandbox cannot be made. */
export async function startSandbox(options: SandboxOptions): Promise<Machine> {
  const { root } = options;
  writeFileSync(join(options.labDirectory, "systemd"), FIRST_PROCESS, { mode: 0o755 });
  const init = spawn("bwrap", sandboxArguments(options), {
    stdio: ["pipe", "ignore", "pipe", "pipe"],
    env: {},
  });
  const pid = await firstProcessId(init);
  const enter = ["--target", String(pid), "--user", "--mount", "--uts", "--ipc", "--net", "--pid"];
  return {
    root,
    spawn: (argv, env) =>
      spawn("nsenter", [...enter, "--preserve-credentials", "--root", "--wd", "--", ...argv], {
        env: { PATH: NODE_PATH, ...env },
        detached: true,
      }),
    close: () => end(init),
  };
}

function sandboxArguments(options: SandboxOptions): string[] {
  const { root, name } = options;
  return [
    ...["--unshare-user", "--uid", "0", "--gid", "0", "--unshare-pid", "--unshare-ipc", "--unshare-net"],
    ...["--unshare-uts", "--hostname", name, "--die-with-parent", "--as-pid-1", "--info-fd", "3"],
    ...["--bind", root, "/", "--ro-bind", "/usr", "/usr", "--tmpfs", "/usr/local"],
    ...["bin", "sbin", "lib", "lib32", "lib64"].flatMap(systemFolder),
    ...["--proc", "/proc", "--dev", "/dev", "--ro-bind", join(root, "etc/pve"), "/etc/pve"],
    ...["--ro-bind", options.labDirectory, LAB_DIR, "--ro-bind", process.execPath, `${LAB_DIR}/node`],
    ...["--bind", options.controlDirectory, join(CONTROL_SOCKET, "..")],
    ...options.programs.flatMap((program) => cover(program, options.labDirectory)),
    ...["--chdir", "/root", "--", `${LAB_DIR}/systemd`],
  ];
}

/** /bin and its like: links into /usr on most systems, folders on some. */
function systemFolder(name: string): string[] {
  const path = `/${name}`;
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink()
    ? ["--symlink", readlinkSync(path), path]
    : ["--ro-bind", path, path];
}

function cover(program: string, labDirectory: string): string[] {
  const places = [`/usr/bin/${program}`, `/usr/sbin/${program}`].filter(
    (path) => existsSync(path) && !lstatSync(path).isSymbolicLink(),
  );
  return places.flatMap((place) => ["--ro-bind", join(labDirectory, "bin", program), place]);
}

/** Read from the JSON that bwrap writes once everything is mounted. */
async function firstProcessId(init: ChildProcess): Promise<number> {
  const [info, complaint] = [init.stdio[3], init.stderr];
  if (!info || !("read" in info) || !complaint) throw new Error("bwrap was started without pipes");
  const failure = once(init, "error").then(([error]) => Promise.reject(error as Error));
  try {
    const json = await Promise.race([text(info), failure]);
    return z.object({ "child-pid": z.number() }).parse(JSON.parse(json))["child-pid"];
  } catch (cause) {
    init.kill("SIGKILL");
    const said = (await text(complaint)).trim() || "bwrap could not be started";
    throw new AppError(
      "missing_requirement",
      `${said}: apt-get install bubblewrap, and allow user namespaces`,
      { cause },
    );
  }
}

async function end(init: ChildProcess): Promise<void> {
  if (init.exitCode !== null || init.signalCode !== null) return;
  init.kill("SIGKILL");
  await once(init, "exit");
}
