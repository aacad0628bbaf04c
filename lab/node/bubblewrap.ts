/**
 * A node as a sandbox on this machine: the programs of the host, read-only, in a file system, a process table, a
 * host name and a network of its own. One long-lived first process holds it; commands enter it one by one. Its root is
 * none of this machine's, whoever started the lab: kernel, clock, keys, devices and mounts are closed to it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";
import { hiddenKernelFiles } from "../../agents/host/commands/bubblewrap.ts";
import { confineArguments, FILTER_DESCRIPTOR } from "../../agents/host/commands/confine.ts";
import { commandFilter } from "../../agents/host/commands/seccomp.ts";
import { processorOf } from "../../agents/host/commands/system-calls.ts";
import { CONTROL_SOCKET, LAB_DIR, type Machine, NODE_PATH } from "./machine.ts";

/** Says that it is there, then waits until the node's server lets go of its standard input and buries orphans. */
const FIRST_PROCESS = "#!/bin/bash\necho\nwhile read -r _; do :; done\n";

const SYSTEM_FOLDERS = ["bin", "sbin", "lib", "lib32", "lib64"];

/** Beside this file, and beside the bundles, where launcher/team/bundle.ts puts it. */
const ENTER_PROGRAM = join(import.meta.dirname, "enter-node.pl");

/**
 * What the node's root may do to what is the node's: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP,
 * NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_CHROOT, AUDIT_WRITE, SETFCAP. Without SYS_ADMIN what is mounted stays.
 */
const CAPABILITIES = [0, 1, 3, 4, 5, 6, 7, 8, 10, 12, 13, 18, 29, 31];

const infoShape = z.object({ "child-pid": z.number() });

export type SandboxOptions = {
  name: string;
  /** The node's `/`. */
  root: string;
  /** Becomes /opt/lab. */
  labDirectory: string;
  /** Becomes /proc/sys. */
  kernelSettings: string;
  /** Becomes the folder of the control socket. */
  controlDirectory: string;
  /** Programs that stand before those of the host even when called by their full path. */
  programs: readonly string[];
};

/** AppError `missing_requirement` where the sandbox cannot be made. */
export async function startSandbox(options: SandboxOptions): Promise<Machine> {
  const { root } = options;
  writeFileSync(join(options.labDirectory, "systemd"), FIRST_PROCESS, { mode: 0o755 });
  writeFileSync(join(options.labDirectory, "node"), ""); // node itself is mounted over it
  const [first = "", ...rest] = [
    ...confineArguments("bwrap", { network: true }),
    "bwrap",
    ...sandboxArguments(options),
  ];
  const init = spawn(first, rest, {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    env: { PATH: NODE_PATH },
    detached: true, // Ctrl+C at the operator's terminal is no power failure
  });
  const pid = await firstProcessId(init);
  return {
    root,
    spawn: (argv, env) =>
      spawn("perl", [...enterArguments(pid), ...argv], {
        env: { PATH: NODE_PATH, ...env },
        detached: true,
      }),
    close: () => end(init, pid),
  };
}

/** From the namespaces' first process to what stands before a command. */
function enterArguments(pid: number): string[] {
  const { prctl, setns } = processorOf(arch()).numbers;
  const filter = commandFilter({ network: true }).toString("hex");
  return [ENTER_PROGRAM, String(pid), String(prctl), String(setns), filter, CAPABILITIES.join(",")];
}

function sandboxArguments(options: SandboxOptions): string[] {
  const { root, name } = options;
  return [
    ...["--unshare-user", "--uid", "0", "--gid", "0", "--unshare-pid", "--unshare-ipc", "--unshare-net"],
    ...["--unshare-uts", "--hostname", name, "--die-with-parent", "--as-pid-1", "--info-fd", "3"],
    ...["--bind", root, "/", "--ro-bind", "/usr", "/usr", "--tmpfs", "/usr/local"],
    ...SYSTEM_FOLDERS.flatMap((name) => systemFolder(root, name)),
    ...["--proc", "/proc", ...hiddenKernelFiles(), "--bind", options.kernelSettings, "/proc/sys"],
    ...["--dev", "/dev", "--ro-bind", join(root, "etc/pve"), "/etc/pve"],
    ...["--ro-bind", options.labDirectory, LAB_DIR, "--ro-bind", process.execPath, `${LAB_DIR}/node`],
    ...["--bind", options.controlDirectory, join(CONTROL_SOCKET, "..")],
    ...options.programs.flatMap((program) => cover(program, options.labDirectory)),
    ...["--cap-drop", "ALL", "--seccomp", FILTER_DESCRIPTOR],
    ...["--chdir", "/root", "--", `${LAB_DIR}/systemd`],
  ];
}

/** /bin and its like: links into /usr on most systems, folders on some. */
function systemFolder(root: string, name: string): string[] {
  const path = `/${name}`;
  if (!existsSync(path)) return [];
  if (!lstatSync(path).isSymbolicLink()) return ["--ro-bind", path, path];
  const link = join(root, name); // dangling, seen from here: /usr is mounted later
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(readlinkSync(path), link);
  return [];
}

function cover(program: string, labDirectory: string): string[] {
  const places = [`/usr/bin/${program}`, `/usr/sbin/${program}`].filter(
    (path) => existsSync(path) && !lstatSync(path).isSymbolicLink(),
  );
  return places.flatMap((place) => ["--ro-bind", join(labDirectory, "bin", program), place]);
}

/** Known once the first process has spoken: everything is mounted then. */
async function firstProcessId(init: ChildProcess): Promise<number> {
  const [output, errors, info] = init.stdio.slice(1) as [Readable, Readable, Readable];
  const [complaint, json] = [text(errors), text(info)];
  const spoken = Promise.race([once(output, "data").then(() => true), once(init, "close").then(() => false)]);
  const isReady = await spoken.catch((cause: unknown) => {
    throw new AppError("missing_requirement", "bwrap cannot be started: apt-get install bubblewrap", {
      cause,
    });
  });
  if (isReady) return infoShape.parse(JSON.parse(await json))["child-pid"];
  throw new AppError(
    "missing_requirement",
    `a node needs a sandbox, and bubblewrap cannot make one: ${await complaint}`,
  );
}

/** bwrap itself ends only once its first process, and with that every process of the node, is gone. */
async function end(init: ChildProcess, firstProcess: number): Promise<void> {
  if (init.exitCode !== null || init.signalCode !== null) return;
  const gone = once(init, "exit");
  process.kill(firstProcess, "SIGKILL");
  await gone;
}
